import { describe, expect, test } from 'bun:test';
import type { TaskResult, TaskStep } from '@millrace/contracts';
import {
  checkpoint,
  claim,
  complete,
  type Database,
  fail,
  readTimeline,
  release,
  replay,
  submit,
  UNRESTRICTED,
} from '@millrace/db';
import { shared } from '../shared.ts';
import { createTestDatabase } from '../test-database.ts';
import { newStep } from './new-step.ts';
import { newTask } from './new-task.ts';

const database = shared(createTestDatabase);

type Ending = 'complete' | 'fail' | 'release';

/** A task whose attempts ended this way, each with the given number of steps, in checkpoints or in its result. */
async function played(endings: readonly [Ending, steps: number][], withCheckpoints: boolean, output = 'x') {
  const { db } = database;
  const { id: task_id } = await submit(db, newTask({ max_attempts: 20 }));
  let seq = 0;
  for (const [index, [ending, count]] of endings.entries()) {
    const attempt = index + 1;
    if (index > 0 && endings[index - 1]![0] === 'complete')
      await replay(db, UNRESTRICTED, { ids: [task_id] }, 1);
    await db.sql`update tasks set run_at = now(), due_at = now() where id = ${task_id}`;
    expect(await claim(db, { task_id, executor: 'a', lease_ms: 60_000 })).not.toBeNull();
    const outputs = Array.from({ length: count }, (_, place) => `${output} ${attempt}.${place}`);
    if (withCheckpoints)
      for (const text of outputs)
        await checkpoint(db, { task_id, attempt, step: newStep(++seq, { output: text }) });
    const steps: TaskResult['steps'] = withCheckpoints
      ? []
      : outputs.map((text) => ({ kind: 'tool', name: 'time', arguments: {}, output: text }));
    if (ending === 'complete')
      await complete(db, { task_id, attempt, result: { output: 'done', steps }, usage: null });
    if (ending === 'release') await release(db, { task_id, attempt });
    const error = { code: 'busy', message: 'busy', retryable: true };
    if (ending === 'fail') await fail(db, { task_id, attempt, error });
  }
  return task_id;
}

const read = (db: Database, task_id: string, attempt: number, seq: number) =>
  readTimeline(db, { task_id, caller: UNRESTRICTED, after: { attempt, seq }, with_task: false });

const MIXED: [Ending, number][] = [
  ['complete', 2],
  ['fail', 3],
  ['complete', 0],
  ['release', 1],
  ['complete', 3],
  ['complete', 1],
];

describe.each([
  [false, MIXED],
  [true, MIXED],
  [false, MIXED.slice(0, 5)],
  [false, [...MIXED, ['fail', 0]] satisfies [Ending, number][]],
])('of a replayed task (checkpoints: %p)', (withCheckpoints, endings) => {
  test('reading after any position gives the rest of the full timeline, with the same numbers', async () => {
    const id = await played(endings, withCheckpoints);
    const whole = (await read(database.db, id, 0, 0))!;
    // Without checkpoints, failed and released attempts have left no steps.
    const counts = endings.map(([ending, steps]) => (withCheckpoints || ending === 'complete' ? steps : 0));
    const expected = counts.flatMap((count, index) => Array(count).fill(index + 1));
    expect(whole.steps.map(({ attempt }) => attempt)).toEqual(expected);
    expect(whole.steps.map(({ seq }) => seq)).toEqual(expected.map((_, index) => index + 1));
    const isAfter = (step: TaskStep, attempt: number, seq: number) =>
      step.attempt > attempt || (step.attempt === attempt && step.seq > seq);
    for (let attempt = 0; attempt <= endings.length + 1; attempt++) {
      for (let seq = 0; seq <= whole.steps.length + 1; seq++) {
        const { steps, over, ...rest } = (await read(database.db, id, attempt, seq))!;
        expect(steps).toEqual(whole.steps.filter((step) => isAfter(step, attempt, seq)));
        const from = ({ attempt: ended }: { attempt: number }) => ended >= attempt;
        expect(over.filter(from)).toEqual(whole.over.filter(from));
        const { steps: _, over: __, ...same } = whole;
        expect(rest).toEqual(same);
      }
    }
  });
});

test('results of attempts already known are not fetched', async () => {
  const id = await played(Array(20).fill(['complete', 1]), false, 'x'.repeat(50_000));
  await replay(database.db, UNRESTRICTED, { ids: [id] }, 1);
  let bytes = 0;
  const { sql } = database.db;
  const counting = new Proxy(sql, {
    apply(target, self, args: Parameters<typeof sql>) {
      const query = Reflect.apply(target, self, args);
      if (!String(args[0]).includes('json_to_recordset')) return query;
      return query.then((rows: unknown) => {
        bytes += JSON.stringify(rows).length;
        return rows;
      });
    },
  });
  const timeline = await read({ ...database.db, sql: counting }, id, 20, 20);
  expect(timeline).toMatchObject({ status: 'PENDING', attempts: 20, steps: [] });
  // Only the result of the attempt that the position is in.
  expect(bytes).toBeWithin(100, 60_000);
});
