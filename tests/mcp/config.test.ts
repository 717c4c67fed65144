import { beforeAll, expect, test } from 'bun:test';
import { join } from 'node:path';
import { freePort, repositoryRoot, startPostgres } from '@millrace/devstack';
import { Client } from '@modelcontextprotocol/client';
import { StdioClientTransport } from '@modelcontextprotocol/client/stdio';
import { shared } from '../shared.ts';
import { temporaryFolder } from '../temporary-folder.ts';
import { createTestDatabase } from '../test-database.ts';
import { call, connectOverHttp } from './connect.ts';
import { startMcpOverHttp } from './mcp-process.ts';

interface Launch {
  readonly command: string;
  readonly args: string[];
  readonly env: Record<string, string>;
}

const database = shared(createTestDatabase);
/** Some project open in an editor, with settings of its own. */
const project = shared(temporaryFolder);
beforeAll(async () => {
  await Bun.write(join(project.path, '.env'), 'MODELS=??\nLOG_LEVEL=loud\nDATABASE_POOL_SIZE=-1\n');
  await Bun.write(join(project.path, 'bunfig.toml'), 'preload = ["./not-for-millrace.ts"]\n');
  await Bun.write(join(project.path, 'not-for-millrace.ts'), 'process.exit(9);\n');
});

/** The output of `bun run mcp:config`, as its code blocks by title. */
async function printed(
  args: readonly string[],
  env: Record<string, string | undefined> = {},
): Promise<Map<string, string>> {
  const child = Bun.spawn([process.execPath, join(repositoryRoot, 'scripts', 'mcp-config.ts'), ...args], {
    env: { ...process.env, DATABASE_URL: database.url, MODELS: undefined, ...env },
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const [text, code] = await Promise.all([new Response(child.stdout).text(), child.exited]);
  expect(code).toBe(0);
  const blocks = text.matchAll(/^## (.*)\n\n.*\n\n```\w+\n([^`]*)\n```$/gm);
  return new Map([...blocks].map(([, title, block]) => [title!, block!]));
}

/** Starts it as a client does: in the folder open there, with a minimal environment. */
async function connectTo({ command, args, env }: Launch): Promise<Client> {
  const client = new Client({ name: 'millrace-tests', version: '1.0.0' });
  await client.connect(new StdioClientTransport({ command, args, env, cwd: project.path, stderr: 'ignore' }));
  return client;
}

const toolNames = async (client: Client) => (await client.listTools()).tools.map(({ name }) => name);

/** The launch that the arguments of `claude mcp add` describe, split by a real shell. */
function launchOfCommandLine(line: string): Launch {
  const script = `claude() { for word in "$@"; do printf '%s\\0' "$word"; done; }; ${line}`;
  const words = Bun.spawnSync(['sh', '-c', script]).stdout.toString().split('\0').slice(0, -1);
  const [options, [command = '', ...args]] = [
    words.slice(0, words.indexOf('--')),
    words.slice(words.indexOf('--') + 1),
  ];
  expect(options.slice(0, 2)).toEqual(['mcp', 'add']);
  expect(options.slice(-3)).toEqual(['--transport', 'stdio', 'millrace']);
  const variables = options.filter((_, index) => options[index - 1] === '--env');
  const env = Object.fromEntries(variables.map((pair) => pair.split(/=(.*)/s).slice(0, 2)));
  return { command, args, env };
}

test('every client gets the same server over stdio, and it works from any folder', async () => {
  const blocks = await printed(['--stdio']);
  const json = (title: string) => JSON.parse(blocks.get(title)!);
  const { type: _type, ...ofVsCode } = json('VS Code, stdio').servers.millrace;
  const launch: Launch = json('Claude Desktop, stdio').mcpServers.millrace;
  expect(ofVsCode).toEqual(launch);
  expect(json('Cursor, stdio').mcpServers.millrace).toEqual({ type: 'stdio', ...launch });
  expect(json('Claude Code, stdio, .mcp.json').mcpServers.millrace).toEqual({ type: 'stdio', ...launch });
  expect(launchOfCommandLine(blocks.get('Claude Code, stdio')!)).toEqual(launch);
  expect(blocks.size).toBe(5);

  const client = await connectTo(launch);
  expect((await call(client, 'list_tasks')).structured).toMatchObject({ tasks: [], next_cursor: null });
  expect(await toolNames(client)).toContain('submit_task');
  await client.close();
}, 60_000);

test('--read-only leaves out the writing tools', async () => {
  const blocks = await printed(['claude-desktop', '--stdio', '--read-only'], { MODELS: 'simulated' });
  const client = await connectTo(JSON.parse(blocks.get('Claude Desktop, stdio')!).mcpServers.millrace);
  const names = await toolNames(client);
  expect(names).toContain('list_tasks');
  expect(names.filter((name) => /^(submit|cancel|retry)_/.test(name))).toEqual([]);
  const { structured } = await call(client, 'list_models');
  expect(structured.models.map(({ id }: { id: string }) => id)).toEqual(['simulated']);
  await client.close();
}, 60_000);

test('the embedded Postgres is found with its password, at its present address', async () => {
  await using folder = await temporaryFolder();
  const dataDir = join(folder.path, 'postgres');
  await using _postgres = await startPostgres({ dataDir, settings: { fsync: false } });
  const args = ['--data-dir', folder.path, 'cursor', '--stdio'];
  const blocks = await printed(args, { DATABASE_URL: undefined, POSTGRES_PORT: String(await freePort()) });
  const client = await connectTo(JSON.parse(blocks.get('Cursor, stdio')!).mcpServers.millrace);
  expect((await call(client, 'list_tasks')).structured).toMatchObject({ tasks: [], next_cursor: null });
  await client.close();
}, 60_000);

test('over HTTP, the address and token are those the server takes', async () => {
  const token = crypto.randomUUID();
  const tokens = { MCP_AUTH: 'token', MCP_TOKENS: `editor=${token}` };
  await using mcp = await startMcpOverHttp({ DATABASE_URL: database.url, ...tokens });
  const blocks = await printed(['--data-dir', project.path, '--http'], { ...tokens, MCP_PORT: mcp.url.port });
  const { url, headers } = JSON.parse(blocks.get('Claude Code, HTTP, .mcp.json')!).mcpServers.millrace;
  expect(url).toBe(mcp.url.href);
  const value = headers.Authorization.replace(/\$\{\w+\}/, token);
  const client = await connectOverHttp(new URL(url), 'modern', /^Bearer (.*)$/.exec(value)?.[1]);
  expect(await toolNames(client)).toContain('list_tasks');
  await client.close();
  await expect(connectOverHttp(new URL(url), 'modern')).rejects.toThrow();
}, 60_000);

test('says what is missing, and keeps its exit code for scripts', async () => {
  const child = Bun.spawn(
    [process.execPath, join(repositoryRoot, 'scripts', 'mcp-config.ts'), '--data-dir', project.path],
    {
      env: { ...process.env, DATABASE_URL: '' },
      stdio: ['ignore', 'pipe', 'pipe'],
    },
  );
  const [out, error, code] = await Promise.all([
    new Response(child.stdout).text(),
    new Response(child.stderr).text(),
    child.exited,
  ]);
  expect([out, code]).toEqual(['', 1]);
  expect(error).toMatch(/^There is no database in .*\n {2}Run `bun run up` once/);
});
