import { expect, test } from 'bun:test';
import { GroupCommit } from './group-commit.ts';

/** Of the event loop: flushes begin at its end. */
const nextTurn = () => new Promise((resolve) => setImmediate(resolve));

type AreAlike = (first: number, item: number) => boolean;

function recorder(
  isItemFault = (_: unknown) => false,
  poison?: number,
  secondFlushMin?: number,
  areAlike?: AreAlike,
  sizeOf?: (item: number) => number,
) {
  const flushes: number[][] = [];
  const gates: (() => void)[] = [];
  const group = new GroupCommit<number, string>({
    maxItems: 3,
    secondFlushMin,
    areAlike,
    sizeOf,
    isItemFault,
    async flush(items) {
      flushes.push([...items]);
      await new Promise<void>((open) => gates.push(open));
      if (poison !== undefined && items.includes(poison)) throw new Error(`cannot write ${poison}`);
      return items.map((item) => `wrote ${item}`);
    },
  });
  /** Completes the flush in flight and everything that follows from it. */
  async function release() {
    gates.shift()?.();
    await nextTurn();
  }
  return { group, flushes, release };
}

test('items that arrive during a flush share the next one, up to the limit', async () => {
  const { group, flushes, release } = recorder();
  const first = group.add(1);
  await nextTurn();
  const others = [2, 3, 4, 5].map((item) => group.add(item));
  expect(flushes).toEqual([[1]]);
  await release();
  expect(await first).toBe('wrote 1');
  expect(flushes).toEqual([[1], [2, 3, 4]]);
  await release();
  await release();
  expect(flushes).toEqual([[1], [2, 3, 4], [5]]);
  expect(await Promise.all(others)).toEqual(['wrote 2', 'wrote 3', 'wrote 4', 'wrote 5']);
});

test('items that are large together share no flush, and one that is too large alone has its own', async () => {
  const { group, flushes, release } = recorder(
    undefined,
    undefined,
    undefined,
    undefined,
    (item) => item * 2 ** 20,
  );
  const outcomes = [8, 8, 1, 20, 1, 2].map((item) => group.add(item));
  await nextTurn();
  for (let flush = 0; flush < 4; flush++) await release();
  expect(flushes).toEqual([[8, 8], [1], [20], [1, 2]]);
  await Promise.all(outcomes);
});

test('incompatible items share no flush, and keep their order', async () => {
  const { group, flushes, release } = recorder(undefined, undefined, undefined, (a, b) => a % 2 === b % 2);
  const outcomes = [1, 3, 2, 4, 6, 8, 5].map((item) => group.add(item));
  await nextTurn();
  for (let flush = 0; flush < 4; flush++) await release();
  expect(flushes).toEqual([[1, 3], [2, 4, 6], [8], [5]]);
  expect(await Promise.all(outcomes)).toEqual([1, 3, 2, 4, 6, 8, 5].map((item) => `wrote ${item}`));
});

test('one bad item fails alone, found by bisection', async () => {
  const { group, flushes, release } = recorder(() => true, 3);
  const first = group.add(1);
  const outcomes = Promise.allSettled([first, group.add(2), group.add(3)]);
  await nextTurn();
  await release();
  await release();
  // Reported before the other half is tried.
  expect(await first).toBe('wrote 1');
  await release();
  expect(flushes).toEqual([[1, 2, 3], [1, 2], [3]]);
  expect((await outcomes).map(({ status }) => status)).toEqual(['fulfilled', 'fulfilled', 'rejected']);
});

test('an outage during the bisection is met once, by all remaining items', async () => {
  const tries: string[] = [];
  const group = new GroupCommit<number, string>({
    maxItems: 8,
    isItemFault: (error) => error === 'bad item',
    async flush(items) {
      tries.push(items.join());
      if (tries.length > 3) throw 'outage';
      if (items.includes(3)) throw 'bad item';
      return items.map((item) => `wrote ${item}`);
    },
  });
  const outcomes = await Promise.allSettled([1, 2, 3, 4, 5, 6, 7, 8].map((item) => group.add(item)));
  // The second half of the whole batch is not tried: it would wait for the end of the outage too.
  expect(tries).toEqual(['1,2,3,4,5,6,7,8', '1,2,3,4', '1,2', '3,4']);
  expect(outcomes.map((outcome) => (outcome.status === 'rejected' ? outcome.reason : outcome.value))).toEqual(
    ['wrote 1', 'wrote 2', ...Array(6).fill('outage')],
  );
});

test('a lost connection fails the whole batch, and later items are tried again', async () => {
  const { group, flushes, release } = recorder(() => false, 1);
  const outcomes = Promise.allSettled([group.add(1), group.add(2)]);
  await nextTurn();
  await release();
  expect((await outcomes).map(({ status }) => status)).toEqual(['rejected', 'rejected']);
  const later = group.add(3);
  await nextTurn();
  await release();
  expect(await later).toBe('wrote 3');
  expect(flushes).toEqual([[1, 2], [3]]);
});

test('a single item is written at once or, if others came lately, with the rest of this turn', async () => {
  const { group, flushes, release } = recorder();
  const alone = group.add(1);
  await Promise.resolve();
  expect(flushes).toEqual([[1]]);
  await release();
  await alone;

  const together = [group.add(2), group.add(3)];
  await Promise.resolve();
  expect(flushes).toEqual([[1], [2, 3]]);
  await release();
  await Promise.all(together);

  const early = group.add(4);
  await Promise.resolve();
  expect(flushes).toHaveLength(2);
  const late = group.add(5);
  await nextTurn();
  expect(flushes.slice(2)).toEqual([[4, 5]]);
  await release();
  await Promise.all([early, late]);
});

test('the next batch is sent before anybody is told the outcome of the last', async () => {
  const { group, flushes, release } = recorder();
  const heard = group.add(1).then(() => flushes.length);
  await nextTurn();
  const other = group.add(2);
  await release();
  expect(await heard).toBe(2);
  await release();
  await other;
});

test('enough waiting items get a second flush in flight, but no third', async () => {
  const { group, flushes, release } = recorder(undefined, undefined, 2);
  const outcomes = [group.add(1)];
  await nextTurn();
  outcomes.push(group.add(2));
  await nextTurn();
  expect(flushes).toEqual([[1]]);
  outcomes.push(group.add(3), group.add(4), group.add(5), group.add(6));
  await nextTurn();
  expect(flushes).toEqual([[1], [2, 3, 4]]);
  for (let flush = 0; flush < 3; flush++) await release();
  expect(flushes).toEqual([[1], [2, 3, 4], [5, 6]]);
  expect(await Promise.all(outcomes)).toEqual([1, 2, 3, 4, 5, 6].map((item) => `wrote ${item}`));
});

test('one turn makes one batch, though it would fill two', async () => {
  const { group, flushes, release } = recorder(undefined, undefined, 2);
  const together = [group.add(1), group.add(2)];
  await nextTurn();
  await release();
  await Promise.all(together);
  const later = [3, 4, 5, 6, 7].map((item) => group.add(item));
  await nextTurn();
  expect(flushes).toEqual([
    [1, 2],
    [3, 4, 5],
  ]);
  await release();
  expect(flushes[2]).toEqual([6, 7]);
  await release();
  await Promise.all(later);
});
