import { beforeAll, expect, test } from 'bun:test';
import { type EventConnection, watchTask } from '../gateway/event-client.ts';
import { expectContinuousText, storyOf, turnTexts, wholeStory } from '../gateway/event-log.ts';
import { shared } from '../shared.ts';
import { eventually, within } from '../waiting.ts';
import { startTestStack } from './test-stack.ts';

const platform = shared(() => startTestStack({ executors: 2, env: { SIMULATED_LATENCY_MS: '1000' } }));
beforeAll(async () => {
  await eventually('the gateway receives events', async () => {
    const ready = await fetch(`${platform.stack.gatewayUrl}/health/ready`);
    return !(await ready.text()).includes('"down"');
  });
}, 60_000);

const port = () => Number(new URL(platform.stack.gatewayUrl).port);

async function watched(id: string): Promise<EventConnection> {
  const stream = watchTask(port(), id);
  expect(await within('the stream ends', 20_000, stream.closed)).toBe(true);
  const last = stream.events.at(-1)!;
  expect(last).toMatchObject({ type: 'end', data: await platform.get(id) });
  expectContinuousText(stream.events);
  return stream;
}

test('a simulated model can be watched as it streams, and the text matches its output', async () => {
  const { id } = await platform.post({ prompt: 'tell me of the mill 🌾', model: 'simulated' });
  const { events } = await watched(id);
  const deltas = events.filter(({ type }) => type === 'delta');
  expect(deltas.length).toBeGreaterThan(3);
  // The last words may be overtaken by the step, which contains the whole text.
  expect('Simulated answer to: tell me of the mill 🌾').toStartWith(turnTexts(events).get('1/1')!);
  const story = await wholeStory(platform.db, id);
  // It may have been claimed before anybody watched.
  expect(story.slice(-storyOf(events).length)).toEqual(storyOf(events));
  expect(storyOf(events).slice(-2)).toEqual(['step 1/1', 'end COMPLETED']);
});

test('many concurrent tasks are watched to their ends, however short they are', async () => {
  const tasks = await Promise.all(
    Array.from({ length: 50 }, (_, i) => platform.post({ prompt: `calculate ${i}+1`, model: 'builtin' })),
  );
  const streams = await Promise.all(tasks.map(({ id }) => watched(id)));
  for (const [i, { events }] of streams.entries()) {
    expect(events.at(-1)).toMatchObject({ data: { status: 'COMPLETED', result: { output: `${i + 1}` } } });
    const [snapshot] = events;
    const before = snapshot?.type === 'snapshot' ? snapshot.data.steps : [];
    const after = events.flatMap(({ type, data }) => (type === 'step' ? [data] : []));
    expect([...before, ...after].map(({ seq, output }) => [seq, output])).toEqual([[1, `${i + 1}`]]);
  }
}, 30_000);
