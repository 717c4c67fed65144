import { expect, test } from 'bun:test';
import {
  cancel,
  checkpoint,
  claim,
  complete,
  fail,
  getTask,
  readTimeline,
  release,
  replay,
  submit,
  UNRESTRICTED,
} from '@millrace/db';
import { shared } from '../shared.ts';
import { createTestDatabase } from '../test-database.ts';
import { everyStep } from '../whole-history.ts';
import { newStep } from './new-step.ts';
import { newTask } from './new-task.ts';
import { RETRYABLE } from './task-actions.ts';
import { replayedTask, resultOf } from './task-histories.ts';

const START = { attempt: 0, seq: 0 };

const database = shared(createTestDatabase);

async function claimed(): Promise<string> {
  const { id } = await submit(database.db, newTask());
  await claimAgain(id);
  return id;
}
async function claimAgain(task_id: string): Promise<void> {
  await database.db.sql`update tasks set run_at = now(), due_at = now() where id = ${task_id}`;
  expect(await claim(database.db, { task_id, executor: 'a', lease_ms: 60_000 })).not.toBeNull();
}
async function step(task_id: string, attempt: number, seq: number, output = `step ${seq}`): Promise<void> {
  expect(await checkpoint(database.db, { task_id, attempt, step: newStep(seq, { output }) })).not.toBeNull();
}
const read = (task_id: string, after = START, with_task = false) =>
  readTimeline(database.db, { task_id, caller: UNRESTRICTED, after, with_task });

test('returns every finished attempt and every step, as the lists do', async () => {
  const id = await claimed();
  await step(id, 1, 1);
  await step(id, 1, 2);
  await fail(database.db, { task_id: id, attempt: 1, error: RETRYABLE });
  await claimAgain(id);
  await release(database.db, { task_id: id, attempt: 2 });
  await claimAgain(id);
  await step(id, 3, 3);
  expect(await read(id, START, true)).toEqual({
    status: 'RUNNING',
    attempts: 3,
    earlier_attempts: 0,
    over: [
      { attempt: 1, outcome: 'FAILED', error: RETRYABLE },
      { attempt: 2, outcome: 'RELEASED', error: null },
    ],
    steps: await everyStep(database.db, id),
    more: false,
    last_seq: 3,
    task: await getTask(database.db, UNRESTRICTED, id),
  });
});

test('begins after what is known, and leaves out the task until it has ended', async () => {
  const id = await claimed();
  await step(id, 1, 1);
  await fail(database.db, { task_id: id, attempt: 1, error: RETRYABLE });
  await claimAgain(id);
  await step(id, 2, 2);
  await step(id, 2, 3);
  const later = await read(id, { attempt: 2, seq: 2 });
  expect(later).toMatchObject({ over: [], last_seq: 3, task: null });
  expect(later?.steps.map(({ seq }) => seq)).toEqual([3]);
  await complete(database.db, {
    task_id: id,
    attempt: 2,
    result: { output: 'done', steps: [] },
    usage: null,
  });
  const ended = await read(id, { attempt: 2, seq: 3 });
  expect(ended).toMatchObject({
    status: 'COMPLETED',
    steps: [],
    last_seq: 3,
    task: await getTask(database.db, UNRESTRICTED, id),
  });
});

test('reads large steps in parts, none of them twice', async () => {
  const id = await claimed();
  for (let seq = 1; seq <= 5; seq++) await step(id, 1, seq, 'x'.repeat(seq === 3 ? 400_000 : 150_000));
  const parts: number[][] = [];
  for (let seq = 0, more = true; more; ) {
    const part = await read(id, { attempt: 1, seq });
    parts.push(part!.steps.map((found) => found.seq));
    seq = part!.steps.at(-1)!.seq;
    more = part!.more;
  }
  expect(parts).toEqual([[1, 2], [3], [4, 5]]);
});

test('reads the steps of models without checkpoints from the results, numbered as in the list', async () => {
  const id = await claimed();
  const result = {
    output: '2',
    steps: [
      { kind: 'tool' as const, name: 'calculator', arguments: { expression: '1+1' }, output: '2' },
      { kind: 'tool' as const, name: 'time', arguments: {}, output: 'noon' },
    ],
  };
  await complete(database.db, { task_id: id, attempt: 1, result, usage: null });
  expect(await read(id)).toMatchObject({ steps: await everyStep(database.db, id) });
  await replay(database.db, UNRESTRICTED, { ids: [id] }, 1);
  expect(await read(id, { attempt: 1, seq: 2 })).toMatchObject({
    status: 'PENDING',
    earlier_attempts: 1,
    steps: [],
    last_seq: 2,
  });
  await claimAgain(id);
  await complete(database.db, { task_id: id, attempt: 2, result, usage: null });
  const all = await everyStep(database.db, id);
  expect(all.map(({ seq, attempt }) => [attempt, seq])).toEqual([
    [1, 1],
    [1, 2],
    [2, 3],
    [2, 4],
  ]);
  expect((await read(id, { attempt: 1, seq: 2 }))?.steps).toEqual(all.slice(2));
  expect((await read(id, { attempt: 2, seq: 3 }))?.steps).toEqual(all.slice(3));
});

test('reads the steps of large results in parts, none of them twice', async () => {
  const sizes = [150_000, 150_000, 400_000, 150_000];
  const id = await replayedTask(
    database.db,
    sizes.map((bytes) => resultOf(bytes)),
  );
  const parts: number[][] = [];
  for (let after = START, more = true; more; ) {
    const part = await read(id, after);
    parts.push(part!.steps.map(({ seq }) => seq));
    const { attempt, seq } = part!.steps.at(-1)!;
    after = { attempt, seq };
    more = part!.more;
  }
  expect(parts).toEqual([[1, 2], [3], [4]]);
});

test('many readers share one statement, and an unknown task is null', async () => {
  const [one, other] = [await claimed(), await claimed()];
  await cancel(database.db, UNRESTRICTED, other);
  const unknown = Bun.randomUUIDv7();
  const ids = [one, other, unknown, one, other];
  const timelines = await Promise.all(ids.map((id) => read(id, { attempt: 1, seq: 0 })));
  expect(timelines.map((timeline) => timeline?.status ?? null)).toEqual([
    'RUNNING',
    'CANCELLED',
    null,
    'RUNNING',
    'CANCELLED',
  ]);
  expect(timelines[1]?.over).toEqual([{ attempt: 1, outcome: 'CANCELLED', error: null }]);
  expect(timelines[1]?.task?.id).toBe(other);
});

test('of timelines read together, each caller gets what it may see', async () => {
  const { id: task_id } = await submit(database.db, newTask({ owner: 'ada' }));
  const seen = [null, 'ada', 'bob'].map((sees) =>
    readTimeline(database.db, { task_id, caller: { ...UNRESTRICTED, sees }, after: START, with_task: true }),
  );
  expect((await Promise.all(seen)).map((timeline) => timeline?.task?.id)).toEqual([
    task_id,
    task_id,
    undefined,
  ]);
});

test('few timelines are read at once: each may hold a large result', async () => {
  const sizes: number[] = [];
  const observed = {
    ...database.db,
    observer: { onBatch: (_verb: string, size: number) => sizes.push(size) },
  };
  const { id: task_id } = await submit(database.db, newTask());
  const input = { task_id, caller: UNRESTRICTED, after: START, with_task: true };
  await Promise.all(Array.from({ length: 100 }, () => readTimeline(observed, input)));
  expect(sizes).toEqual([32, 32, 32, 4]);
});
