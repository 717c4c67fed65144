import { describe, expect, test } from 'bun:test';
import { submit } from '@millrace/db';
import { newTask } from '../db/new-task.ts';
import { lockTable } from '../open-transaction.ts';
import { shared } from '../shared.ts';
import { createTestDatabase } from '../test-database.ts';
import { timed } from '../timed.ts';
import { eventually, within } from '../waiting.ts';
import { INITIALIZED, initialize } from './legacy-client.ts';
import { driveByLines } from './line-process.ts';
import { MCP_MAIN, spawnMcpOverStdio } from './mcp-process.ts';

const database = shared(createTestDatabase);

const line = (message: object) => `${JSON.stringify({ jsonrpc: '2.0', ...message })}\n`;
const INITIALIZE = line({ ...initialize(), id: 1 });
const LIST_TASKS = line({ id: 2, method: 'tools/call', params: { name: 'list_tasks', arguments: {} } });

/** What a server answers to this until it exits by itself, and its log. */
async function answersTo(input: string | Uint8Array) {
  const child = spawnMcpOverStdio(database.url);
  child.stdin.write(input);
  await child.stdin.end();
  const [output, log] = await within(
    'mcp ends when standard input does',
    10_000,
    Promise.all([new Response(child.stdout).text(), new Response(child.stderr).text(), child.exited]),
  );
  expect(child.exitCode).toBe(0);
  // Only the protocol on standard output; the log goes to standard error.
  const answers = output
    .trim()
    .split('\n')
    .map((text) => JSON.parse(text));
  return { answers, log };
}

test('answers everything asked before standard input ended, even in an unterminated last line, then exits', async () => {
  const { child, write, answerTo } = driveByLines(spawnMcpOverStdio(database.url));
  write(INITIALIZE + LIST_TASKS);
  // On a busy machine, connecting takes longer than the second in which the process has to exit.
  await answerTo({ id: 2 });
  child.stdin.write(`${line({ ...JSON.parse(LIST_TASKS), id: 3 }).trim()}\r\n`);
  child.stdin.write(line({ id: 4, method: 'ping' }).trim());
  await child.stdin.end();
  const log = await within('mcp ends', 10_000, new Response(child.stderr).text());
  expect((await answerTo({ id: 3 })).result.structuredContent).toMatchObject({
    tasks: [],
    next_cursor: null,
  });
  expect<object>(await answerTo({ id: 4 })).toEqual({ jsonrpc: '2.0', id: 4, result: {} });
  expect(log).toContain('"msg":"stopped"');
});

const BAD_LINES: [string | Uint8Array, unknown, number][] = [
  ['garbage', null, -32700],
  ['{"jsonrpc":"2.0",', null, -32700],
  [Uint8Array.of(0xff, 0xfe, 0x00), null, -32700],
  ['null', null, -32600],
  ['[]', null, -32600],
  [line({ id: 'x', method: 'ping', params: 'p' }), 'x', -32600],
];

test('answers whatever is no request with an error, and goes on', async () => {
  const lines = BAD_LINES.map(([bad]) => Buffer.concat([Buffer.from(bad as string), Buffer.from('\n\n')]));
  const { answers } = await answersTo(Buffer.concat([...lines, Buffer.from(INITIALIZE)]));
  expect(answers).toHaveLength(BAD_LINES.length + 1);
  for (const [index, [, id, code]] of BAD_LINES.entries()) {
    const message = expect.stringMatching(/^This line is/);
    expect(answers[index]).toEqual({ jsonrpc: '2.0', id, error: { code, message } });
  }
  expect(answers.at(-1).id).toBe(1);
});

test('answers it likewise if nothing follows', async () => {
  const { answers } = await answersTo(Uint8Array.of(0xff, 0xfe, 0x00));
  expect(answers[0].error.code).toBe(-32700);
});

/** The output until the process has exited, and how long that took. */
function ending(child: ReturnType<typeof spawnMcpOverStdio>, end: () => unknown) {
  return timed(async () => {
    await end();
    return within('mcp ends', 10_000, child.exited);
  });
}

describe('exits within a second', () => {
  test.each([
    ['of the end of standard input', (child: ReturnType<typeof spawnMcpOverStdio>) => child.stdin.end()],
    ['of SIGTERM', (child: ReturnType<typeof spawnMcpOverStdio>) => child.kill('SIGTERM')],
    ['of SIGINT', (child: ReturnType<typeof spawnMcpOverStdio>) => child.kill('SIGINT')],
  ])('%s, with its pools and timers in use', async (_when, end) => {
    const [{ began }] = await database.db.sql<[{ began: string }]>`select clock_timestamp()::text as began`;
    const { child, write, answerTo } = driveByLines(spawnMcpOverStdio(database.url));
    write(INITIALIZE + line(INITIALIZED));
    await answerTo({ id: 1 });
    const { id } = await submit(database.db, newTask());
    // A pool is open, a call waits with its timers, and a resource is watched.
    const wait = { name: 'wait_for_task', arguments: { task_id: id, timeout_seconds: 50 } };
    write(line({ id: 2, method: 'tools/call', params: wait }));
    write(line({ id: 3, method: 'resources/subscribe', params: { uri: 'tasks://recent' } }));
    // What was asked before has been read, too.
    await answerTo({ id: 3 });
    await eventually('the resource is watched', async () => {
      // Connections of the previous process may linger for a moment.
      const [row] = await database.db.sql`
        select from pg_stat_activity where application_name = 'millrace-mcp-reading' and datname = current_database()
          and backend_start > ${began}::timestamptz`;
      return row;
    });
    const { value: code, tookMs, stallMs } = await ending(child, () => end(child));
    expect(code).toBe(0);
    expect(tookMs).toBeLessThan(1_000 + stallMs);
    // Waiting calls are told the current state.
    const waited = (await answerTo({ id: 2 })).result.structuredContent;
    expect(waited).toMatchObject({ ended: false, status: 'PENDING' });
  });

  test('even if a statement hangs', async () => {
    const { child, write, answerTo } = driveByLines(spawnMcpOverStdio(database.url));
    write(INITIALIZE);
    await answerTo({ id: 1 });
    await using _locked = await lockTable(database.db, 'tasks');
    write(LIST_TASKS);
    await eventually('the statement hangs', async () => {
      const [row] = await database.db.sql`
        select from pg_locks where not granted and relation = 'tasks'::regclass
          and database = (select oid from pg_database where datname = current_database())`;
      return row;
    });
    const { value: code, tookMs, stallMs } = await ending(child, () => child.stdin.end());
    expect(code).toBe(0);
    expect(tookMs).toBeLessThan(1_000 + stallMs);
  });
});

test('exits on a line of more than 10 MiB, even if standard input stays open', async () => {
  const child = spawnMcpOverStdio(database.url, { LOG_LEVEL: 'error' });
  child.stdin.write(new Uint8Array(10 * 1024 * 1024 + 1).fill(0x61));
  await within('mcp ends', 10_000, child.exited);
  expect(child.exitCode).toBe(0);
});

test('exits with standard input, having been asked nothing', async () => {
  const child = spawnMcpOverStdio(database.url);
  await child.stdin.end();
  expect(await within('mcp ends', 10_000, child.exited)).toBe(0);
  expect(await new Response(child.stdout).text()).toBe('');
});

test.each([
  [['--stdio'], { DATABASE_URL: '' }, 'DATABASE_URL: is not set'],
  [['--stdio', '--verbose'], {}, '--verbose is not known'],
])('refuses %j %j with an explanation', async (flags, env, reason) => {
  const child = Bun.spawn([process.execPath, MCP_MAIN, ...flags], {
    env: { ...process.env, DATABASE_URL: database.url, ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const [output, log] = await Promise.all([
    new Response(child.stdout).text(),
    new Response(child.stderr).text(),
    child.exited,
  ]);
  expect([child.exitCode, output]).toEqual([78, '']);
  expect(log).toContain(reason);
});
