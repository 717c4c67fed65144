import { expect, test } from 'bun:test';
import { mkdir, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { clientAddresses } from './client-addresses.ts';

test.each([
  [{}, 'http://127.0.0.1:3333/mcp', false],
  [{ MCP_HOST: '0.0.0.0', MCP_PORT: '4000' }, 'http://127.0.0.1:4000/mcp', true],
  [{ MCP_HOST: '::1' }, 'http://[::1]:3333/mcp', false],
  [{ MCP_HOST: '192.0.2.7', MCP_AUTH: '' }, 'http://192.0.2.7:3333/mcp', true],
  [{ MCP_AUTH: 'token' }, 'http://127.0.0.1:3333/mcp', true],
])('%j', (environment, mcpUrl, mcpNeedsKey) => {
  expect(clientAddresses(environment)).toMatchObject({ mcpUrl, mcpNeedsKey });
});

test('an invalid DATABASE_URL is refused without showing its password', () => {
  const refused = () => clientAddresses({ DATABASE_URL: 'postgres://user:sec#ret@db.example.com/tasks' });
  expect(refused).toThrow(/DATABASE_URL: not a URL/);
  expect(refused).not.toThrow(/sec/);
});

test('the database is the given one, or the embedded one once it exists', async () => {
  const own = 'postgres://user:secret@db.example.com/tasks';
  expect(clientAddresses({ DATABASE_URL: own }).databaseUrl()).toBe(own);
  const dataDir = await mkdtemp(join(tmpdir(), 'millrace-addresses-'));
  try {
    const { databaseUrl } = clientAddresses({ POSTGRES_PORT: '6001' }, dataDir);
    expect(databaseUrl).toThrow(/There is no database in .*\/postgres yet\.\n {2}Run `bun run up` once/);
    await mkdir(join(dataDir, 'postgres'));
    await Bun.write(join(dataDir, 'postgres', 'PG_VERSION'), '18\n');
    await Bun.write(join(dataDir, 'postgres', 'millrace.password'), 'secret\n');
    expect(databaseUrl()).toBe('postgres://millrace:secret@127.0.0.1:6001/millrace');
  } finally {
    await rm(dataDir, { recursive: true });
  }
});
