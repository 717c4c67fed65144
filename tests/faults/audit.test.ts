import { afterAll, beforeAll, expect, test } from 'bun:test';
import { LANES } from '@millrace/contracts';
import {
  type ClaimedTask,
  claim,
  claimDue,
  complete,
  type Database,
  openDatabase,
  submit,
} from '@millrace/db';
import { newTask } from '../db/new-task.ts';
import { shared } from '../shared.ts';
import { createTestDatabase } from '../test-database.ts';
import { eventually } from '../waiting.ts';
import { doubleOutcomes, foreignWrites, installAudit, isTakeover, readAudit } from './audit.ts';
import { measureRecovery } from './recovery.ts';

/** The auditor must detect what the platform claims never to do. */
const database = shared(createTestDatabase);
let first: Database;
let second: Database;
beforeAll(async () => {
  await installAudit(database.db);
  const as = (applicationName: string) =>
    openDatabase({ url: database.url, maxConnections: 1, applicationName });
  first = as('executor-1');
  second = as('executor-2');
});
afterAll(() => Promise.all([first.close(), second.close()]));

const result = { output: 'done', steps: [] };

const submitted = async () => (await submit(database.db, newTask())).id;

function claimed(db: Database, executor: string, task_id: string, lease_ms = 60_000): Promise<ClaimedTask> {
  return eventually(`${executor} claims ${task_id}`, () => claim(db, { task_id, executor, lease_ms }));
}

/** Once the lease of 1 ms has ended. */
function takenOver(db: Database, executor: string, task_id: string): Promise<ClaimedTask> {
  return eventually(`${executor} takes over ${task_id}`, async () => {
    const due = await claimDue(db, { executor, lease_ms: 60_000, limit: 10, lanes: LANES });
    return due.claimed.find(({ id }) => id === task_id);
  });
}

async function auditOf(id: string) {
  return (await readAudit(database.db)).filter(({ task_id }) => task_id === id);
}

test('finds nothing in a life without faults', async () => {
  const id = await submitted();
  const { attempts: attempt } = await claimed(first, 'executor-1', id);
  expect(await complete(first, { task_id: id, attempt, result, usage: null })).toBe(true);
  const audit = await auditOf(id);
  expect(audit.map(({ new_status }) => new_status)).toEqual(['RUNNING', 'COMPLETED']);
  expect([doubleOutcomes(audit), foreignWrites(audit), audit.filter(isTakeover)]).toEqual([[], [], []]);
});

test('distinguishes a takeover, and when it came, from a write by another executor', async () => {
  const id = await submitted();
  await claimed(first, 'executor-1', id, 1);
  const died = Date.now();
  const { attempts: attempt } = await takenOver(second, 'executor-2', id);
  expect(await complete(first, { task_id: id, attempt: 1, result, usage: null })).toBe(false);
  expect(await complete(second, { task_id: id, attempt, result, usage: null })).toBe(true);
  const audit = await auditOf(id);
  expect([doubleOutcomes(audit), foreignWrites(audit)]).toEqual([[], []]);
  const takeover = audit.find(isTakeover)!;
  expect(takeover).toMatchObject({ writer: 'executor-2', old_executor: 'executor-1' });
  const { takeover_ms, first_outcome_ms } = measureRecovery(audit, [
    { at: died, fault: 'kill-executor', executor: 'executor-1' },
  ]);
  expect(takeover_ms).toBe(Math.round(takeover.at - died));
  expect(first_outcome_ms).toBe(Math.round(audit.at(-1)!.at - died));
  // The fault did not delay what the executor claimed after it.
  const earlier = { at: audit[0]!.at - 5_000, fault: 'freeze-executor', executor: 'executor-1' };
  expect(measureRecovery(audit, [earlier]).takeover_ms).toBe(0);
});

test('detects a zombie that completes by status alone, and an overwritten outcome', async () => {
  const id = await submitted();
  await claimed(first, 'executor-1', id, 1);
  await takenOver(second, 'executor-2', id);
  await first.sql`
    update tasks set status = 'COMPLETED', finished_at = now(), due_at = null where id = ${id} and status = 'RUNNING'`;
  const audit = await auditOf(id);
  expect(doubleOutcomes(audit)).toEqual([]);
  expect(foreignWrites(audit)).toMatchObject([{ writer: 'executor-1', old_executor: 'executor-2' }]);

  await second.sql`update tasks set status = 'FAILED' where id = ${id}`;
  await second.sql`update tasks set result = null where id = ${id}`;
  expect(doubleOutcomes(await auditOf(id))).toMatchObject([
    { old_status: 'COMPLETED', new_status: 'FAILED' },
    { old_status: 'FAILED', new_status: 'FAILED' },
  ]);
});
