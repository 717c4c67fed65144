import { expect, test } from 'bun:test';
import { createJsonAnswers } from './json-answer.ts';
import { createMemoryBudget } from './memory-budget.ts';

const BUDGET_BYTES = 200_000;
const LARGE = { output: 'x'.repeat(80_000) };

function answers() {
  const answerJson = createJsonAnswers(createMemoryBudget('answers', BUDGET_BYTES));
  return (value: unknown, signal?: AbortSignal) =>
    answerJson(value, 'ada', new Request('http://gateway/tasks', { signal: signal ?? null }));
}

test('a large answer occupies its room until it is taken', async () => {
  const answer = answers();
  const first = answer(LARGE);
  expect(first.headers.get('content-type')).toBe('application/json');
  expect(() => answer(LARGE)).toThrow(
    'bytes of large answers of ada, as many as one owner may have, are in progress here; try again shortly.',
  );
  expect(await answer({ output: '2' }).json()).toEqual({ output: '2' });
  expect(await first.json()).toEqual(LARGE);
  await answer(LARGE).body?.cancel();
  expect(await answer(LARGE).json()).toEqual(LARGE);
});

test('a client that has gone occupies none', async () => {
  const answer = answers();
  const client = new AbortController();
  answer(LARGE, client.signal);
  client.abort();
  answer(LARGE, client.signal);
  expect(await answer(LARGE).json()).toEqual(LARGE);
});
