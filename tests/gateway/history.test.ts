import { beforeAll, expect, test } from 'bun:test';
import { AttemptList, TaskStepList } from '@millrace/contracts';
import type { TSchema } from '@sinclair/typebox';
import { Value } from '@sinclair/typebox/value';
import { replayedTask, resultOf } from '../db/task-histories.ts';
import { shared } from '../shared.ts';
import { createTestDatabase } from '../test-database.ts';
import { createGateway, problemIn } from './gateway.ts';

const PAGE_BYTES = 1024 * 1024;

let large: string;
const database = shared(createTestDatabase);
const gateway = shared(() => createGateway(database.db));
beforeAll(async () => {
  large = await replayedTask(database.db, Array(40).fill(resultOf(100_000)));
}, 60_000);

async function page<List>(schema: TSchema, path: string): Promise<List & { bytes: number }> {
  const response = await gateway.send('GET', path);
  expect(response.status).toBe(200);
  const text = await response.text();
  const list = JSON.parse(text) as List;
  expect([...Value.Errors(schema, list)]).toEqual([]);
  return { ...list, bytes: Buffer.byteLength(text) };
}
const attempts = (query = '') => page<AttemptList>(AttemptList, `/tasks/${large}/attempts${query}`);
const steps = (query = '') => page<TaskStepList>(TaskStepList, `/tasks/${large}/steps${query}`);

test.each([
  [
    'attempts',
    async (query: string) => {
      const { attempts: items, ...rest } = await attempts(query);
      return { items, ...rest };
    },
  ],
  [
    'steps',
    async (query: string) => {
      const { steps: items, ...rest } = await steps(query);
      return { items, ...rest };
    },
  ],
])('%s of a history of 4 MB come in pages of about 1 MiB, each once and in order', async (_what, read) => {
  const seen: number[] = [];
  for (let query = ''; ; ) {
    const { bytes, items, next_cursor } = await read(query);
    expect(bytes).toBeLessThan(PAGE_BYTES + 150_000);
    seen.push(...items.map(({ attempt }) => attempt));
    if (next_cursor === null) break;
    query = `?cursor=${next_cursor}`;
  }
  expect(seen).toEqual(Array.from({ length: 40 }, (_, index) => index + 1));
});

test('limit bounds a page, and a cursor past the end gives an empty last page', async () => {
  const first = await attempts('?limit=2');
  expect(first.attempts.map(({ attempt }) => attempt)).toEqual([1, 2]);
  const second = await attempts(`?limit=3&cursor=${first.next_cursor}`);
  expect(second.attempts.map(({ attempt }) => attempt)).toEqual([3, 4, 5]);
  expect((await steps('?limit=1&cursor=39')).next_cursor).toBeNull();
  expect(await attempts('?cursor=40')).toMatchObject({ task_id: large, attempts: [], next_cursor: null });
  expect(await steps('?cursor=999999999')).toMatchObject({ task_id: large, steps: [], next_cursor: null });
});

test('an ordinary history is one page, of 100 by default', async () => {
  const id = await replayedTask(database.db, [resultOf(...Array<number>(101).fill(500)), null]);
  const list = await page<TaskStepList>(TaskStepList, `/tasks/${id}/steps`);
  expect([list.steps.length, list.next_cursor]).toEqual([100, '100']);
});

test.each([
  ['limit=0', 'limit', /at least 1/],
  ['limit=101', 'limit', /at most 100/],
  ['limit=ten', 'limit', /must be an integer/],
  [
    'cursor=',
    'cursor',
    /^must be next_cursor of the previous page, got ""; leave it out for the first page$/,
  ],
  ['cursor=0', 'cursor', /next_cursor/],
  ['cursor=-1', 'cursor', /next_cursor/],
  ['cursor=1.5', 'cursor', /next_cursor/],
  ['cursor=9999999999', 'cursor', /next_cursor/],
  ['cursor=0193d2f0-5c1a-7c3e-9d2b-3a1f0c9e8b7d', 'cursor', /next_cursor/],
  ['cursor=1&cursor=2', 'cursor', /more than once/],
])('?%s is refused, naming the field and what it takes', async (query, field, message) => {
  for (const list of ['attempts', 'steps']) {
    const problem = await problemIn(await gateway.send('GET', `/tasks/${large}/${list}?${query}`));
    expect(problem).toMatchObject({ status: 422, code: 'validation_failed' });
    expect(problem.errors).toEqual([{ field, message: expect.stringMatching(message) }]);
  }
});

test('a cursor does not make an unknown task exist', async () => {
  const path = `/tasks/${Bun.randomUUIDv7()}/steps?cursor=5`;
  expect(await problemIn(await gateway.send('GET', path))).toMatchObject({ code: 'task_not_found' });
});
