import { beforeEach, describe, expect, test } from 'bun:test';
import { TaskStep } from '@millrace/contracts';
import {
  cancel,
  checkpoint,
  complete,
  deleteFinished,
  fail,
  loadSteps,
  release,
  replay,
  UNRESTRICTED,
} from '@millrace/db';
import { Value } from '@sinclair/typebox/value';
import { shared } from '../shared.ts';
import { createTestDatabase, openPool } from '../test-database.ts';
import { everyStep } from '../whole-history.ts';
import { newStep } from './new-step.ts';
import { taskActions } from './task-actions.ts';

const database = shared(() => createTestDatabase(10));
beforeEach(async () => {
  await database.db.sql`truncate tasks cascade`;
});
const { claimIt, takeOver, running, endLease } = taskActions(database);

function store(task_id: string, attempt: number, step = newStep(1), db = database.db) {
  return checkpoint(db, { task_id, attempt, step });
}
const seqs = async (id: string) =>
  (await loadSteps(database.db, id)).map(({ seq, attempt }) => [seq, attempt]);

describe('a checkpoint', () => {
  test('returns what is stored, as the API shows it', async () => {
    const id = await running();
    const odd = '计算 "1+1"\n\\ 🎡 \u2028';
    const turn = newStep(1, { output: odd, tool_calls: [{ id: 'c', name: odd, arguments: '{"half' }] });
    const call = newStep(2, {
      tool_call_id: 'c',
      arguments: { b: [1, { '': null }], a: odd },
      error: { code: 'x', message: odd },
      duration_ms: 1234.5,
    });
    const stored = [await store(id, 1, turn), await store(id, 1, call)];
    for (const step of stored) expect([...Value.Errors(TaskStep, step)]).toEqual([]);
    expect(stored).toEqual(
      [turn, call].map(({ duration_ms: _, ...step }) => ({
        ...step,
        attempt: 1,
        started_at: expect.any(String),
        ended_at: expect.any(String),
      })),
    );
    expect(await loadSteps(database.db, id)).toEqual(stored as TaskStep[]);
    const { started_at, ended_at } = stored[1]!;
    expect(Date.parse(ended_at) - Date.parse(started_at)).toBeWithin(1234, 1236);
  });

  test('of an attempt that no longer owns the task is refused, whatever took it away', async () => {
    const takeAway: Record<string, (id: string) => Promise<unknown>> = {
      'another executor': async (id) => [await endLease(id), await takeOver(id)],
      cancellation: (id) => cancel(database.db, UNRESTRICTED, id),
      completion: (id) =>
        complete(database.db, { task_id: id, attempt: 1, result: { output: '', steps: [] }, usage: null }),
      failure: (id) =>
        fail(database.db, { task_id: id, attempt: 1, error: { code: 'x', message: 'x', retryable: true } }),
      release: (id) => release(database.db, { task_id: id, attempt: 1 }),
      deletion: (id) => database.db.sql`delete from tasks where id = ${id}`,
    };
    for (const [by, act] of Object.entries(takeAway)) {
      const id = await running();
      expect(await store(id, 1)).not.toBeNull();
      await act(id);
      expect({ by, stored: await store(id, 1, newStep(2)) }).toEqual({ by, stored: null });
      expect({ by, seqs: await seqs(id) }).toEqual({ by, seqs: by === 'deletion' ? [] : [[1, 1]] });
    }
    expect(await store(Bun.randomUUIDv7(), 1)).toBeNull();
  });

  test('may come after the lease has ended, as long as nobody else has taken the task', async () => {
    const id = await running();
    await endLease(id);
    expect(await store(id, 1)).not.toBeNull();
  });

  test('repeated is stored once, with its first times, in one batch too', async () => {
    const id = await running();
    const [first, twin] = await Promise.all([store(id, 1), store(id, 1)]);
    expect(first).not.toBeNull();
    expect(twin).toEqual(first);
    expect(await store(id, 1)).toEqual(first);
    expect(await loadSteps(database.db, id)).toEqual([first!]);
  });

  test('for a seq written by an earlier attempt is refused and changes nothing', async () => {
    const id = await running();
    const first = await store(id, 1);
    await endLease(id);
    await takeOver(id);
    expect(await store(id, 2, newStep(1, { output: 'other' }))).toBeNull();
    expect(await loadSteps(database.db, id)).toEqual([first!]);
  });

  test('that cannot be stored fails alone', async () => {
    const ids = await Promise.all(Array.from({ length: 5 }, () => running()));
    const bad = [
      newStep(1, { output: 'a\u0000b' }),
      newStep(1, { tool_call_id: 'c', arguments: { x: '\u0000' } }),
      newStep(1, { output: 'a\ud800' }),
    ];
    const writes = ids.map((id, index) => store(id, 1, bad[index] ?? newStep(1)));
    const outcomes = await Promise.allSettled(writes);
    expect(outcomes.map(({ status }) => status)).toEqual([
      'rejected',
      'rejected',
      'rejected',
      'fulfilled',
      'fulfilled',
    ]);
    expect(await Promise.all(ids.map(seqs))).toEqual([[], [], [], [[1, 1]], [[1, 1]]]);
  });

  test('batched: each is stored under its own task and seq', async () => {
    const ids = await Promise.all(Array.from({ length: 100 }, () => running()));
    const zombies = ids.slice(0, 10);
    await Promise.all(zombies.map(endLease));
    await takeOver(zombies[0]!);
    const answers = await Promise.all(
      [3, 1, 2].flatMap((seq) => ids.map((id) => store(id, 1, newStep(seq, { output: `${id} ${seq}` })))),
    );
    expect(answers.map((step) => step?.output)).toEqual(
      [3, 1, 2].flatMap((seq) => ids.map((id) => (zombies.includes(id) ? undefined : `${id} ${seq}`))),
    );
    for (const id of ids)
      expect((await loadSteps(database.db, id)).map(({ output }) => output)).toEqual(
        zombies.includes(id) ? [] : [1, 2, 3].map((seq) => `${id} ${seq}`),
      );
  });
});

test('during a takeover: the new attempt finds every accepted step, and none is accepted afterwards', async () => {
  await using zombie = new AsyncDisposableStack();
  const other = openPool(database.url, 2);
  zombie.defer(() => other.close());
  for (let round = 0; round < 50; round++) {
    const id = await running();
    await endLease(id);
    const accepted: number[] = [];
    const writing = (async () => {
      for (let seq = 1; await store(id, 1, newStep(seq), other); seq++) accepted.push(seq);
    })();
    while (accepted.length < round % 5) await Bun.sleep(0);
    // Claims skip a row that a checkpoint has locked.
    while (!(await takeOver(id)));
    const found = (await seqs(id)).map(([seq]) => seq!);
    await writing;
    expect(found).toEqual(accepted);
    expect(await store(id, 2, newStep(accepted.length + 1))).not.toBeNull();
  }
});

describe('the list of steps', () => {
  const result = (output: string) => ({
    output,
    steps: [{ kind: 'tool' as const, name: 'calculator', arguments: { expression: output }, output }],
  });
  const completeWith = (task_id: string, attempt: number, output: string) =>
    complete(database.db, { task_id, attempt, result: result(output), usage: null });

  test('is the checkpoints of all attempts and runs, numbered throughout', async () => {
    const id = await running();
    await store(id, 1);
    await endLease(id);
    await takeOver(id);
    await store(id, 2, newStep(2));
    await completeWith(id, 2, 'done');
    await replay(database.db, UNRESTRICTED, { ids: [id] }, 1);
    const claimed = await claimIt(id, 'c');
    expect(claimed).toMatchObject({ attempts: 3, earlier_attempts: 2 });
    await store(id, 3, newStep(3));
    expect(await seqs(id)).toEqual([
      [1, 1],
      [2, 2],
      [3, 3],
    ]);
    expect(await everyStep(database.db, id)).toEqual(await loadSteps(database.db, id));
    await release(database.db, { task_id: id, attempt: 3 });
    // A retry within the run: its steps are numbered on.
    expect(await claimIt(id, 'd')).toMatchObject({ attempts: 4, earlier_attempts: 2 });
  });

  test('is read from the results where no checkpoint was written, replays included', async () => {
    const id = await running();
    await completeWith(id, 1, 'one');
    await replay(database.db, UNRESTRICTED, { ids: [id] }, 1);
    await claimIt(id);
    expect(await everyStep(database.db, id)).toMatchObject([{ seq: 1, attempt: 1, output: 'one' }]);
    await completeWith(id, 2, 'two');
    const listed = await everyStep(database.db, id);
    expect(listed).toMatchObject([
      {
        seq: 1,
        attempt: 1,
        kind: 'tool',
        name: 'calculator',
        arguments: { expression: 'one' },
        output: 'one',
      },
      {
        seq: 2,
        attempt: 2,
        kind: 'tool',
        name: 'calculator',
        arguments: { expression: 'two' },
        output: 'two',
      },
    ]);
    for (const step of listed) expect([...Value.Errors(TaskStep, step)]).toEqual([]);
    expect(await loadSteps(database.db, id)).toEqual([]);
  });

  test('is empty before the first step, for an unknown task, and once the task is deleted', async () => {
    const id = await running();
    expect(await everyStep(database.db, id)).toEqual([]);
    expect(await everyStep(database.db, Bun.randomUUIDv7())).toEqual([]);
    await store(id, 1);
    await completeWith(id, 1, 'done');
    await database.db.sql`update tasks set finished_at = now() - interval '2 days'`;
    expect((await deleteFinished(database.db, { older_than_days: 1, limit: 10 })).deleted).toBe(1);
    const [left] = await database.db.sql`select count(*)::int as steps from task_steps`;
    expect(left?.steps).toBe(0);
  });
});
