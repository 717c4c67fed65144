import { describe, expect, test } from 'bun:test';
import {
  type Attempt,
  cancel,
  checkpoint,
  checkReading,
  claim,
  claimDue,
  claimLastChance,
  complete,
  countFailures,
  type Database,
  deleteExpiredKeys,
  deleteFinished,
  endModelCall,
  fail,
  findApiKeys,
  findFinished,
  findHeld,
  findMissing,
  findOutcome,
  findTaskIds,
  getQueue,
  getStats,
  getTask,
  hashApiKey,
  listAttempts,
  listenForCancellations,
  listSteps,
  listTasks,
  type NewTask,
  outlineHistory,
  peekTask,
  peekTasks,
  ping,
  readOnlyUrl,
  readOutput,
  readStates,
  readTimeline,
  release,
  renew,
  replay,
  replayTask,
  requireSchema,
  SERVICE_ROLES,
  startModelCall,
  submit,
  submitAll,
  submitBatchOnce,
  submitFor,
  submitOnce,
  UNRESTRICTED,
} from '@millrace/db';
import { makeKey } from '../access/make-key.ts';
import { newStep } from '../db/new-step.ts';
import { newTask } from '../db/new-task.ts';
import { shared } from '../shared.ts';
import { createTestDatabase, openPool } from '../test-database.ts';
import { shareLogins } from './service-login.ts';

const database = shared(createTestDatabase);
const logins = shareLogins(database);

const LEASE = { executor: 'test-executor', lease_ms: 60_000 };
const LANES = { lanes: ['high', 'normal', 'low'] } as const;

/** As the executor's login; the administrator sets the fields that make the task due at once. */
async function claimed(fields: Partial<NewTask> = {}): Promise<Attempt> {
  const { id } = await submit(logins.millrace_gateway.db, newTask(fields));
  const task = await claim(logins.millrace_executor.db, { task_id: id, ...LEASE });
  return { task_id: id, attempt: task!.attempts };
}

/** As if the executor had died. */
async function loseLease({ task_id }: Attempt): Promise<void> {
  await database.db.sql`update tasks set due_at = now() - interval '1 second' where id = ${task_id}`;
}

async function completed(): Promise<string> {
  const attempt = await claimed();
  const result = { output: '2', steps: [] };
  expect(await complete(logins.millrace_executor.db, { ...attempt, result, usage: null })).toBe(true);
  return attempt.task_id;
}

test.each(SERVICE_ROLES)('%s sees that the schema is there', async (role) => {
  await requireSchema(logins[role].url);
  await ping(logins[role].db);
});

describe.each(['millrace_gateway', 'millrace_mcp'] as const)('%s', (role) => {
  test('submits, cancels and replays', async () => {
    const { db } = logins[role];
    await submit(db, newTask());
    const key = Bun.randomUUIDv7();
    const keyed = () => ({ ...newTask(), idempotency_key: key });
    expect((await submitOnce(db, UNRESTRICTED, keyed(), 'hash')).kind).toBe('created');
    expect((await submitOnce(db, UNRESTRICTED, keyed(), 'hash')).kind).toBe('repeated');
    expect((await submitOnce(db, UNRESTRICTED, keyed(), 'another')).kind).toBe('conflict');
    // The key has expired; then its task is gone.
    await database.db
      .sql`update idempotency_keys set created_at = now() - interval '40 days' where key = ${key}`;
    const renewed = await submitOnce(db, UNRESTRICTED, keyed(), 'another');
    expect(renewed.kind).toBe('created');
    await database.db.sql`delete from tasks where idempotency_key = ${key}`;
    expect((await submitOnce(db, UNRESTRICTED, keyed(), 'another')).kind).toBe('created');
    const batch = () => ({ key, requestHash: 'hash', tasks: new Map([[0, newTask()]]), atomic: true });
    expect(await submitBatchOnce(db, UNRESTRICTED, batch())).toMatchObject({ kind: 'stored', added: [{}] });
    expect(await submitBatchOnce(db, UNRESTRICTED, batch())).toMatchObject({ kind: 'stored', added: [] });
    await database.db.sql`
      update idempotency_keys set created_at = now() - interval '40 days' where split_part(key, e'\\n', 2) = ${key}`;
    expect(await submitBatchOnce(db, UNRESTRICTED, batch())).toMatchObject({ kind: 'stored', added: [{}] });

    const [pending] = (await submitAll(db, UNRESTRICTED, [newTask(), newTask()]))!;
    expect((await cancel(db, UNRESTRICTED, pending!.id))?.changed).toBe(true);
    const running = await claimed();
    await checkpoint(logins.millrace_executor.db, { ...running, step: newStep(1) });
    const notified = Promise.withResolvers<string>();
    const stop = await listenForCancellations(logins.millrace_executor.db, ({ task_id }) =>
      notified.resolve(task_id),
    );
    expect((await cancel(db, UNRESTRICTED, running.task_id))?.task.status).toBe('CANCELLED');
    expect(await notified.promise).toBe(running.task_id);
    await stop();

    const done = await completed();
    expect((await replayTask(db, UNRESTRICTED, done))?.task).toMatchObject({
      status: 'PENDING',
      result: null,
    });
    expect((await listAttempts(db, UNRESTRICTED, done)).attempts).toMatchObject([
      { status: 'COMPLETED', result: { output: '2' } },
    ]);
    expect(await replay(db, UNRESTRICTED, { ids: [running.task_id] }, 10)).toHaveLength(1);
  }, 30_000);

  test('verifies API keys, and enforces their owners and limits', async () => {
    const { db } = logins[role];
    const owner = `owner-${role}`;
    const { key } = await makeKey(database.db, { name: owner });
    expect(await findApiKeys(db, [hashApiKey(key)])).toMatchObject([{ owner }]);
    const caller = { sees: owner, owner, max_open_tasks: 2 };
    const task = await submitFor(db, caller, newTask({ owner }));
    expect(task).toMatchObject({ owner });
    const keyed = { ...newTask({ owner }), idempotency_key: owner };
    expect((await submitOnce(db, caller, keyed, 'hash')).kind).toBe('created');
    expect(await submitFor(db, caller, newTask({ owner }))).toBeNull();
    expect(await replay(db, caller, { status: 'COMPLETED' }, 10)).toBeNull();
    expect((await getStats(db, caller)).counts.PENDING).toBe(2);
  });

  test('reads tasks with everything that belongs to them', async () => {
    const { db } = logins[role];
    const id = await completed();
    expect((await getTask(db, UNRESTRICTED, id))?.status).toBe('COMPLETED');
    expect((await listTasks(db, UNRESTRICTED, { text: 'calc' })).tasks).not.toBeEmpty();
    expect((await getStats(db, UNRESTRICTED)).counts.COMPLETED).toBeGreaterThan(0);
    expect((await getQueue(db)).running).toBeGreaterThanOrEqual(0);
    expect((await listAttempts(db, UNRESTRICTED, id)).attempts).toHaveLength(1);
    expect((await listSteps(db, UNRESTRICTED, id)).steps).toEqual([]);
    expect((await outlineHistory(db, UNRESTRICTED, id, { offset: 0, limit: 10 }))?.total).toBe(1);
    expect(await findFinished(db, [id])).toEqual([id]);
    const input = { task_id: id, caller: UNRESTRICTED, after: { attempt: 0, seq: 0 }, with_task: true };
    expect((await readTimeline(db, input))?.task?.id).toBe(id);
  });
});

test('millrace_mcp reads as millrace_reader', async () => {
  const { url } = logins.millrace_mcp;
  const reader = openPool(readOnlyUrl(url, { role: true }));
  const id = await completed();
  await checkReading(reader);
  const [row] = await reader.sql`select current_user::text as role`;
  expect(row?.role).toBe('millrace_reader');
  expect((await peekTask(reader, UNRESTRICTED, id))?.output_head).toBe('2');
  expect((await peekTasks(reader, UNRESTRICTED, { limit: 1 })).tasks).toHaveLength(1);
  expect((await readOutput(reader, UNRESTRICTED, id, { offset: 0, length: 10 }))?.text).toBe('2');
  expect(await readStates(reader, [{ id, caller: UNRESTRICTED }])).toHaveLength(1);
  expect(await findTaskIds(reader, UNRESTRICTED, { prefix: id, limit: 1 })).toEqual([id]);
  expect(await countFailures(reader, UNRESTRICTED, { hours: 1, limit: 5 })).toBeArray();
  await reader.close();
});

describe('millrace_executor', () => {
  const db = (): Database => logins.millrace_executor.db;

  test('claims, renews, checkpoints and writes outcomes', async () => {
    const attempt = await claimed();
    expect(await renew(db(), { attempts: [attempt], lease_ms: 60_000 })).toEqual({ lost: [], cancelled: [] });
    expect(await checkpoint(db(), { ...attempt, step: newStep(1) })).not.toBeNull();
    expect(await checkpoint(db(), { ...attempt, step: newStep(1) })).not.toBeNull();
    expect((await listSteps(db(), UNRESTRICTED, attempt.task_id)).steps).toHaveLength(1);
    expect(await complete(db(), { ...attempt, result: { output: 'x', steps: [] }, usage: null })).toBe(true);
    expect(await findOutcome(db(), attempt)).toBe('COMPLETED');

    const error = { code: 'x', message: 'x', retryable: true };
    expect(await fail(db(), { ...(await claimed()), error })).toBe('PENDING');
    expect(await fail(db(), { ...(await claimed({ max_attempts: 1 })), error })).toBe('FAILED');
    expect(await release(db(), await claimed())).toBe(true);
    const held = await claimed();
    const ages = { older_than_ms: 0, younger_than_ms: 60_000 };
    expect(await findHeld(db(), { executor: LEASE.executor, ...ages })).toContainEqual(held);
  });

  test('takes over lost tasks, and ends those lost too often', async () => {
    const rescued = await claimed();
    await loseLease(rescued);
    const taken = await claimDue(db(), { ...LEASE, ...LANES, limit: 100 });
    expect(taken.claimed.map(({ id }) => id)).toContain(rescued.task_id);

    const lastChance = await claimed({ max_attempts: 2 });
    await loseLease(lastChance);
    const chosen = await claimLastChance(db(), LEASE);
    expect(chosen.claimed.map(({ id }) => id)).toEqual([lastChance.task_id]);

    const abandoned = await claimed({ max_attempts: 1 });
    await checkpoint(db(), { ...abandoned, step: newStep(1) });
    await loseLease(abandoned);
    const due = await claimDue(db(), { ...LEASE, ...LANES, limit: 100 });
    expect(due.exhausted.map(({ id }) => id)).toEqual([abandoned.task_id]);
  });

  test("enforces the models' limits", async () => {
    const limits = { model: 'limited', concurrency: 1, requests_per_minute: 10 };
    const first = { id: Bun.randomUUIDv7(), ...(await claimed()), ...limits };
    const second = { id: Bun.randomUUIDv7(), ...(await claimed()), ...limits };
    expect(await startModelCall(db(), first)).toBe(true);
    expect(await startModelCall(db(), second)).toBe(false);
    await endModelCall(db(), first.id);
    expect(await startModelCall(db(), second)).toBe(true);
  });

  test('deletes old tasks, with their attempts and steps', async () => {
    const id = await completed();
    await replayTask(logins.millrace_gateway.db, UNRESTRICTED, id);
    await cancel(logins.millrace_gateway.db, UNRESTRICTED, id);
    await submitOnce(
      logins.millrace_gateway.db,
      UNRESTRICTED,
      { ...newTask(), idempotency_key: 'old' },
      'hash',
    );
    await database.db.sql`update tasks set finished_at = now() - interval '40 days' where id = ${id}`;
    await database.db
      .sql`update idempotency_keys set created_at = now() - interval '40 days' where key = 'old'`;
    expect((await deleteFinished(db(), { older_than_days: 30, limit: 10 })).deleted).toBe(1);
    expect(await deleteExpiredKeys(db(), { limit: 10 })).toBe(1);
    const there = await completed();
    expect(await findMissing(db(), [id, there])).toEqual([id]);
    const [left] = await database.db
      .sql`select count(*)::int as count from task_attempts where task_id = ${id}`;
    expect(left?.count).toBe(0);
  });
});
