import { expect, test } from 'bun:test';
import { createMemoryBudget } from './memory-budget.ts';

const BUDGET_BYTES = 200_000;

test('an owner gets half of the room, and what it leaves is there again', () => {
  const enter = createMemoryBudget('bodies', BUDGET_BYTES);
  const first = enter('ada');
  first.growTo(60_000);
  first.growTo(70_000);
  using second = enter('ada');
  expect(() => second.growTo(40_000)).toThrow(
    '70000 bytes of large bodies of ada, as many as one owner may have, are in progress here; try again shortly.',
  );
  second.growTo(30_000);
  using other = enter('bob');
  other.growTo(100_000);
  expect(() => enter('eve').growTo(20_000)).toThrow('200000 bytes of large bodies are in progress here');
  first[Symbol.dispose]();
  first[Symbol.dispose]();
  enter('eve').growTo(70_000);
  expect(() => enter('dan').growTo(20_000)).toThrow('200000 bytes of large bodies are in progress here');
});

test('a small body finds room however many large ones there are', () => {
  const enter = createMemoryBudget('bodies', BUDGET_BYTES);
  enter(null).growTo(BUDGET_BYTES);
  for (let i = 0; i < 100; i++) enter('ada').growTo(16 * 1024);
  expect(() => enter('ada').growTo(16 * 1024 + 1)).toThrow('try again shortly');
});
