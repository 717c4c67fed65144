import { afterAll, afterEach, beforeAll, describe, expect, setDefaultTimeout, test } from 'bun:test';
import { existsSync, mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { SQL } from 'bun';
import { freePort } from '../ports/free-port.ts';
import { startPostgres } from '../postgres/start-postgres.ts';
import { isAlive } from '../process/identity.ts';
import { clientAddresses } from '../up/client-addresses.ts';
import type { StackOptions } from './options.ts';
import { Stack } from './stack.ts';

// Starting processes takes time on a busy machine.
setDefaultTimeout(60_000);

const folder = mkdtempSync(join(tmpdir(), 'millrace-stack-'));
const dataDir = join(folder, 'data');
const script = join(import.meta.dir, '../supervisor/test-child.ts');
const stacks: Stack[] = [];
afterEach(async () => {
  await Promise.all(stacks.splice(0).map((stack) => stack.stop()));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** The real Postgres, and stand-ins for the services, which have their own tests under tests/. */
function prepare(options: Partial<StackOptions> = {}) {
  const lines: string[] = [];
  const stack = new Stack({
    dataDir,
    executors: 2,
    scripts: { broker: script, gateway: script, executor: script, mcp: script },
    backoff: { initialMs: 20, maxMs: 100, healthyAfterMs: 60_000 },
    postgresSettings: { fsync: false },
    onLine: (source, line) => lines.push(`${source}: ${line}`),
    ...options,
  });
  stacks.push(stack);
  return { stack, lines };
}

test('starts every part, reports the addresses, and stops in order', async () => {
  const { stack, lines } = prepare();
  await stack.start();
  expect((await fetch(`${stack.gatewayUrl}/health/ready`)).status).toBe(200);
  expect(stack.mcpUrl).toEndWith('/mcp');
  await using sql = new SQL(stack.databaseUrl, { max: 1 });
  expect([...(await sql`SELECT 1 AS one`)]).toEqual([{ one: 1 }]);
  await sql.close();

  expect(await Bun.file(join(dataDir, 'stack.json')).json()).toMatchObject({
    pid: process.pid,
    gateway_url: stack.gatewayUrl,
    mcp_url: stack.mcpUrl,
    mcp_auth: 'off',
    health_urls: stack.executorHealthUrls,
  });
  expect(clientAddresses({ MCP_PORT: '4000', MCP_AUTH: 'token' }, dataDir)).toMatchObject({
    mcpUrl: stack.mcpUrl,
    mcpNeedsKey: false,
  });

  const { processes } = stack;
  expect(processes.map(({ name }) => name)).toEqual([
    'postgres',
    'broker',
    'gateway',
    'mcp',
    'executor-1',
    'executor-2',
  ]);
  lines.length = 0;
  await stack.stop();
  expect(processes.filter(({ pid }) => isAlive(pid))).toEqual([]);
  const order = lines.map((line) => line.split(':')[0]);
  expect(order.slice(0, 2).sort()).toEqual(['gateway', 'mcp']);
  expect(order.slice(2, 4).sort()).toEqual(['executor-1', 'executor-2']);
  expect(order.slice(4, 6)).toEqual(['broker', 'postgres']);
  expect(existsSync(join(dataDir, 'stack.json'))).toBe(false);
  expect(clientAddresses({ MCP_PORT: '4000' }, dataDir).mcpUrl).toBe('http://127.0.0.1:4000/mcp');
});

describe('parts are told', () => {
  const told: string[] = [];
  beforeAll(async () => {
    const { stack, lines } = prepare({
      env: {
        OPENAI_API_KEY: 'secret',
        EXECUTOR_ID: 'mill',
        KAFKA_BROKERS: '127.0.0.1:1',
        WORKSPACE_DIR: '/elsewhere',
        BEHAVIOUR: 'tell-key,tell-id,tell-addresses',
      },
    });
    await stack.start();
    await stack.stop();
    told.push(...lines);
  });

  test('the key for models only if they are executors', () => {
    expect(told.filter((line) => line.includes('the key is')).sort()).toEqual([
      'broker: the key is not known',
      'executor-1: the key is secret',
      'executor-2: the key is secret',
      'gateway: the key is not known',
      'mcp: the key is not known',
    ]);
  });

  test('different ids as executors, even if one is set', () => {
    expect(told.filter((line) => line.startsWith('executor') && line.includes('the id is')).sort()).toEqual([
      'executor-1: the id is mill-executor-1',
      'executor-2: the id is mill-executor-2',
    ]);
  });

  test('other addresses, such as that of a proxy, and another workspace, where these are set', () => {
    expect(told).toContain('gateway: told: 127.0.0.1:1 /elsewhere');
    expect(told).toContain('executor-1: told: 127.0.0.1:1 /elsewhere');
  });
});

test('a part that dies comes back at the same address', async () => {
  const { stack } = prepare();
  await stack.start();
  const { databaseUrl, gatewayUrl } = stack;
  const parts = [stack.postgres, stack.gateway, stack.executors[1]!];
  const before = parts.map(({ pid }) => pid);
  for (const part of parts) part.kill('SIGKILL');
  await Promise.all(parts.map((part) => part.ready()));
  expect(parts.filter(({ pid }, index) => pid === before[index])).toEqual([]);
  expect(stack.databaseUrl).toBe(databaseUrl);
  await using sql = new SQL(databaseUrl, { max: 1 });
  await sql`SELECT 1`;
  expect((await fetch(`${gatewayUrl}/health/ready`)).status).toBe(200);
});

test('a part that dies comes back even if nothing can be recorded, as on a full disk', async () => {
  const { stack, lines } = prepare();
  await stack.start();
  const { processes } = stack;
  // A folder where it would be written, because permissions do not stop root.
  const blocked = join(dataDir, `stack.json.${process.pid}`);
  mkdirSync(blocked);
  for (const part of [stack.gateway, stack.executors[0]!]) {
    for (let life = 0; life < 2; life++) {
      part.kill('SIGKILL');
      await part.ready();
    }
  }
  expect(lines.filter((line) => line.startsWith('millrace: stack.json cannot be written: '))).not.toEqual([]);
  processes.push(...stack.processes);
  await stack.stop();
  expect(processes.filter(({ pid }) => isAlive(pid))).toEqual([]);
  rmSync(blocked, { recursive: true });
});

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
  const adopted = join(folder, 'adopted');
  await using running = await startPostgres({
    dataDir: join(adopted, 'postgres'),
    settings: { fsync: false },
  });
  const { stack } = prepare({
    dataDir: adopted,
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

test('an executor whose health port is taken before its restart comes back at another', async () => {
  const { stack, lines } = prepare({
    parts: ['postgres', 'executor'],
    kafkaBrokers: '127.0.0.1:9',
    backoff: { initialMs: 1_000, maxMs: 1_000, healthyAfterMs: 60_000 },
  });
  await stack.start();
  const [taken, untouched] = stack.executorHealthUrls.map((url) => new URL(url));
  stack.executors[0]!.kill('SIGKILL');
  while (stack.executors[0]!.pid !== null) await Bun.sleep(1);
  // Such as another stack's executor: it is as ready as ours will be.
  const options = { hostname: '127.0.0.1', port: Number(taken!.port), reusePort: false };
  await using _other = Bun.serve({ ...options, fetch: () => Response.json({ status: 'ready', pid: 0 }) });
  await stack.executors[0]!.ready();
  const [now, other] = stack.executorHealthUrls;
  expect([now === taken!.href, other]).toEqual([false, untouched!.href]);
  expect(await (await fetch(now!)).json()).toEqual({ status: 'ready', pid: stack.executors[0]!.pid });
  expect(lines).toContain(
    `millrace: executor-1 now serves health and metrics at 127.0.0.1:${new URL(now!).port}`,
  );
});

test('uses the stores it is given', async () => {
  await using stores = await startPostgres({
    dataDir: join(dataDir, 'postgres'),
    settings: { fsync: false },
  });
  const { stack } = prepare({ databaseUrl: stores.url, kafkaBrokers: '127.0.0.1:9' });
  await stack.start();
  expect(stack.databaseUrl).toBe(stores.url);
  expect(stack.processes.map(({ name }) => name)).toEqual(['gateway', 'mcp', 'executor-1', 'executor-2']);
  expect(() => stack.postgres).toThrow('This stack has no postgres.');
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
