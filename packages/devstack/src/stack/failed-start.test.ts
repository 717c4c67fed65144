import { expect, setDefaultTimeout, test } from 'bun:test';
import { join } from 'node:path';
import { SQL } from 'bun';
import { freePort } from '../ports/free-port.ts';
import { startPostgres } from '../postgres/start-postgres.ts';
import { isAlive } from '../process/identity.ts';
import { stacksOfThisFile } from './stack.testing.ts';

// Starting processes takes time on a busy machine.
setDefaultTimeout(60_000);

const { folder, dataDir, prepare } = stacksOfThisFile();

test('a second stack on the same data is refused and does not disturb the first', async () => {
  const { stack } = prepare();
  await stack.start();
  const { stack: second } = prepare();
  await expect(second.start()).rejects.toThrow(/^Millrace already runs on .* its API at http/);
  expect((await fetch(`${stack.gatewayUrl}/health/ready`)).status).toBe(200);
});

test('a port in use is found before anything starts', async () => {
  const port = await freePort();
  using _other = Bun.listen({ hostname: '127.0.0.1', port, socket: { data() {} } });
  const { stack, lines } = prepare({ ports: { mcp: port } });
  await expect(stack.start()).rejects.toThrow(`choose another: MCP_PORT=${port + 1}`);
  expect(lines).toEqual([]);
});

test('a port held by another Millrace is reported as such', async () => {
  const { stack } = prepare();
  await stack.start();
  const [gateway, mcp, postgres] = [stack.gatewayUrl, stack.mcpUrl, stack.databaseUrl].map((url) =>
    Number(new URL(url).port),
  );
  const ports = { gateway: gateway!, mcp: mcp!, postgres: postgres! };
  const began: string[] = [];
  const { stack: second } = prepare({
    dataDir: join(folder, 'second'),
    ports,
    onBegin: () => began.push('second'),
  });
  const message = await second.start().catch((error: Error) => error.message);
  const owner = process.platform === 'linux' ? `another Millrace in ${dataDir} \\(pid \\d+\\)` : '.*';
  const purposes = ['gateway', 'MCP', 'embedded Postgres'];
  const lines = String(message).split('\n');
  expect(lines).toHaveLength(3);
  for (const [index, line] of lines.entries()) {
    expect(line).toMatch(new RegExp(`^Port \\d+ \\(${purposes[index]}\\) is in use by ${owner}\\. Free it`));
  }
  expect(began).toEqual([]);
});

test('a part that cannot start stops the rest', async () => {
  const { stack } = prepare({
    env: { BEHAVIOUR: 'crash' },
    parts: ['postgres', 'gateway'],
    kafkaBrokers: '127.0.0.1:9092',
  });
  await expect(stack.start()).rejects.toThrow(/^gateway exited with code 3, 3 times before it was ready/);
  expect(stack.processes).toEqual([]);
});

test('a failed start leaves an adopted Postgres running', async () => {
  await using running = await startPostgres({
    dataDir: join(dataDir, 'postgres'),
    settings: { fsync: false },
  });
  const { stack } = prepare({
    ports: { postgres: running.port },
    env: { BEHAVIOUR: 'crash' },
    parts: ['postgres', 'gateway'],
    kafkaBrokers: '127.0.0.1:9092',
  });
  await expect(stack.start()).rejects.toThrow(/^gateway exited with code 3/);
  await using sql = new SQL(running.url, { max: 1 });
  expect([...(await sql`SELECT 1 AS one`)]).toEqual([{ one: 1 }]);
});

test('can be stopped while starting', async () => {
  const { stack } = prepare({ env: { BEHAVIOUR: 'never-ready' } });
  const started = stack.start();
  started.catch(() => {});
  while (stack.processes.length < 5) await Bun.sleep(5);
  const { processes } = stack;
  await stack.stop();
  await expect(started).rejects.toThrow(/stopped/i);
  expect(processes.filter(({ pid }) => isAlive(pid))).toEqual([]);
});

test.each([
  ['one host', (port: number) => `127.0.0.1:${port}/tasks`],
  ['several hosts', (port: number) => `127.0.0.1:${port},localhost:${port}/tasks`],
])('a given database of %s that does not answer is named, without its password', async (_, addressAt) => {
  const address = addressAt(await freePort());
  const { stack, lines } = prepare({ databaseUrl: `postgres://someone:secret@${address}` });
  const message = await stack.start().catch((error: Error) => error.message);
  expect(message).toStartWith(`The database of DATABASE_URL, ${address}, does not answer:`);
  expect(message).not.toContain('secret');
  expect(lines).toEqual([]);
});
