import { expect, test } from 'bun:test';
import { type Timeline, UNRESTRICTED } from '@millrace/db';
import { createLogger } from '@millrace/runtime';
import { createMemoryBudget } from '../http/memory-budget.ts';
import { completedTask } from '../swagger/examples.ts';
import { LiveStream } from './live-stream.ts';
import { ORIGIN } from './position.ts';
import { TurnTexts } from './turn-texts.ts';

const BUDGET_BYTES = 200_000;
const OUTPUT = 'x'.repeat(150_000);
const ended: Timeline = {
  status: 'COMPLETED',
  attempts: 1,
  earlier_attempts: 0,
  over: [],
  steps: [],
  more: false,
  last_seq: 0,
  task: { ...completedTask, result: { output: OUTPUT, steps: [] } },
};

function openStream(frames: string, readTimeline: () => Promise<Timeline | null> = async () => null) {
  const reserveMemory = createMemoryBudget('events', BUDGET_BYTES);
  const logger = createLogger('live-stream-test', 'error', 'stderr');
  const stream = new LiveStream(
    { caller: UNRESTRICTED, isStillAllowed: () => true },
    'task',
    { readTimeline, texts: new TurnTexts(), reserveMemory, logger },
    () => undefined,
  );
  stream.begin({ frames, position: ORIGIN }, false);
  return { stream, reader: stream.body.getReader(), reserveMemory };
}

test('what was sent has its room until it is taken, while the stream goes on', async () => {
  const { reader, reserveMemory } = openStream('x'.repeat(100_000));
  const isFree = () => expect(() => reserveMemory(null).growTo(120_000));
  expect((await reader.read()).value).toEndWith('x');
  isFree().toThrow(/^1000.. bytes of large events are in progress here/);
  void reader.read();
  isFree().not.toThrow();
});

test('what found no room is read again once there is some, and not before', async () => {
  let readings = 0;
  const { stream, reader, reserveMemory } = openStream('', async () => {
    readings++;
    return ended;
  });
  await reader.read();
  const next = reader.read();
  const other = reserveMemory(null);
  other.growTo(100_000);
  const nextTurn = () => new Promise((resolve) => setImmediate(resolve));
  for (let second = 0; second < 5; second++) {
    stream.recheck();
    await nextTurn();
  }
  expect(readings).toBe(1);
  other[Symbol.dispose]();
  stream.recheck();
  expect((await next).value).toContain(OUTPUT);
  expect(readings).toBe(2);
});
