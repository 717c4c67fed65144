import { beforeAll, describe, expect, test } from 'bun:test';
import { cancel, claim, complete, submit, UNRESTRICTED } from '@millrace/db';
import { newTask } from '../db/new-task.ts';
import { shared } from '../shared.ts';
import { createTestDatabase } from '../test-database.ts';
import { eventually } from '../waiting.ts';
import { CONNECTIONS, call, connectOverHttp, connectOverStdio } from './connect.ts';
import { startMcpOverHttp } from './mcp-process.ts';
import { run } from './tasks.ts';

const database = shared(createTestDatabase);
const http = shared(() => startMcpOverHttp({ DATABASE_URL: database.url }));

const pending = async () => (await submit(database.db, newTask())).id;

describe.each(CONNECTIONS)('over %s, %s era', (transport, era) => {
  const client = shared(() =>
    transport === 'http' ? connectOverHttp(http.url, era) : connectOverStdio(database.url, era),
  );
  beforeAll(async () => {
    await client.listTools();
  }, 60_000);

  test.concurrent('answers soon after the end, with the output, and reports progress until then', async () => {
    const task_id = await pending();
    const messages: (string | undefined)[] = [];
    const progress: number[] = [];
    const answer = client.callTool(
      { name: 'wait_for_task', arguments: { task_id, timeout_seconds: 50 } },
      {
        onprogress(report) {
          messages.push(report.message);
          progress.push(report.progress);
          expect(report.total).toBe(50);
        },
      },
    );
    await eventually('PENDING is reported', () => messages.includes('PENDING'));
    await claim(database.db, { task_id, executor: 'a', lease_ms: 60_000 });
    await eventually('RUNNING is reported', () =>
      messages.includes('RUNNING, attempt 1 of 3, 0 steps so far'),
    );
    const ended = performance.now();
    await complete(database.db, { task_id, attempt: 1, result: { output: '2', steps: [] }, usage: null });
    const { structuredContent } = await answer;
    expect(performance.now() - ended).toBeLessThan(2_000);
    expect(structuredContent).toMatchObject({ ended: true, status: 'COMPLETED', output: { text: '2' } });
    expect(progress).toEqual(progress.toSorted((a, b) => a - b));
    expect(new Set(progress).size).toBe(progress.length);
  }, 60_000);

  test.concurrent('answers with the current state once the time is up', async () => {
    const task_id = await pending();
    const { isError, structured, text } = await call(client, 'wait_for_task', {
      task_id,
      timeout_seconds: 1,
    });
    expect([isError, structured.ended, structured.status]).toEqual([false, false, 'PENDING']);
    expect(text).toStartWith('The task has not ended yet.');
  });
});

describe('over HTTP', () => {
  const client = shared(() => connectOverHttp(http.url, 'modern'));

  test('many wait for many tasks, however these end', async () => {
    const ids = await Promise.all(Array.from({ length: 40 }, pending));
    const waits = ids.map((task_id) => call(client, 'wait_for_task', { task_id, timeout_seconds: 50 }));
    await Promise.all(
      ids.map((id, i) => (i % 2 ? run(database.db, id, String(i)) : cancel(database.db, UNRESTRICTED, id))),
    );
    const statuses = (await Promise.all(waits)).map(({ structured }) => structured.status);
    expect(statuses.filter((status) => status === 'COMPLETED')).toHaveLength(20);
    expect(statuses.filter((status) => status === 'CANCELLED')).toHaveLength(20);
  }, 60_000);

  test('a task deleted while somebody waits is reported as such', async () => {
    const task_id = await pending();
    const wait = call(client, 'wait_for_task', { task_id, timeout_seconds: 50 });
    await database.db.sql`delete from tasks where id = ${task_id}`;
    expect(await wait).toMatchObject({ isError: true, text: expect.stringContaining('There is no task') });
  });

  test('a stopping server answers those who wait, and exits within a second', async () => {
    await using own = await startMcpOverHttp({ DATABASE_URL: database.url });
    const waiting = await connectOverHttp(own.url, 'modern');
    let reported = false;
    const task_id = await pending();
    const wait = waiting.callTool(
      { name: 'wait_for_task', arguments: { task_id, timeout_seconds: 50 } },
      {
        onprogress() {
          reported = true;
        },
      },
    );
    await eventually('it waits', () => reported);
    const { value: code, tookMs, stallMs } = await own.stop();
    expect(code).toBe(0);
    expect(tookMs).toBeLessThan(1_000 + stallMs);
    expect((await wait).structuredContent).toMatchObject({ ended: false, status: 'PENDING' });
    await waiting.close();
  }, 60_000);
});
