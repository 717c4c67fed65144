import { beforeAll, describe, expect, setDefaultTimeout, test } from 'bun:test';
import { existsSync, mkdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { SQL } from 'bun';
import { startPostgres } from '../postgres/start-postgres.ts';
import { isAlive } from '../process/identity.ts';
import { clientAddresses } from '../up/client-addresses.ts';
import { stacksOfThisFile } from './stack.testing.ts';

// Starting processes takes time on a busy machine.
setDefaultTimeout(60_000);

const { dataDir, prepare } = stacksOfThisFile();

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
