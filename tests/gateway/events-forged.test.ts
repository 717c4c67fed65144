import { expect, test } from 'bun:test';
import type { TaskEvent, TaskStatus } from '@millrace/contracts';
import { TASK_EVENTS } from '@millrace/stream';
import { shared } from '../shared.ts';
import { writeRaw } from '../stream/reader.ts';
import { eventually, within } from '../waiting.ts';
import { watchTask } from './event-client.ts';
import { expectContinuousText, storyOf, turnTexts, wholeStory } from './event-log.ts';
import { startEventsLab } from './events-lab.ts';

const lab = shared(startEventsLab);
const gateway = shared(() => lab.startGateway());

const FORGED_STEP = {
  seq: 1,
  attempt: 1,
  kind: 'model' as const,
  name: 'forged',
  arguments: {},
  output: 'forged',
  tool_calls: [],
  tool_call_id: null,
  error: null,
  finish_reason: null,
  usage: null,
  started_at: '2026-11-24T00:00:00.000Z',
  ended_at: '2026-11-24T00:00:00.000Z',
};

/** False events of every kind about a task. */
function forgeries(task_id: string): TaskEvent[] {
  const forged: TaskEvent[] = [];
  for (const attempt of [0, 1, 2, 2 ** 31, Number.MAX_SAFE_INTEGER]) {
    for (const status of ['PENDING', 'RUNNING', 'COMPLETED', 'FAILED', 'CANCELLED'] satisfies TaskStatus[]) {
      forged.push({ v: 1, type: 'status', task_id, attempt, status });
    }
    for (const seq of [1, 2, 2 ** 31, Number.MAX_SAFE_INTEGER]) {
      forged.push({ v: 1, type: 'step', task_id, attempt, step: { ...FORGED_STEP, seq } });
      // Forged text of the turn in progress cannot be distinguished from the model's own: left out here.
      if (attempt === 1 && seq === 1) continue;
      for (const offset of [0, 5, 2 ** 31]) {
        forged.push({ v: 1, type: 'delta', task_id, attempt, seq, offset, text: 'forged' });
      }
    }
  }
  return forged;
}

test('nothing is shown that Postgres does not confirm, and real events still are', async () => {
  const id = await lab.submit();
  const stream = watchTask(gateway.port, id);
  await eventually('the snapshot comes', () => stream.events.length === 1);
  const forge = async () => {
    for (const event of forgeries(id)) lab.producer.publishEvent(event);
    for (const event of forgeries(Bun.randomUUIDv7())) lab.producer.publishEvent(event);
    await writeRaw(lab.broker.brokers, TASK_EVENTS, [
      'no JSON',
      '{}',
      null,
      JSON.stringify({ v: 2, task_id: id }),
    ]);
    await lab.sent();
  };
  await forge();
  const attempt = await lab.claim(id);
  attempt.say('true ');
  await eventually('text comes', () => turnTexts(stream.events).get('1/1') === 'true ');
  await forge();
  attempt.say('words');
  // As executors do now and then: the forged texts may have evicted this one.
  attempt.repeat();
  await eventually('more text comes', () => turnTexts(stream.events).get('1/1') === 'true words');
  const step = await attempt.endTurn();
  await forge();
  await attempt.complete();
  expect(await within('the stream ends', 10_000, stream.closed)).toBe(true);
  expect(storyOf(stream.events)).toEqual(await wholeStory(lab.database.db, id));
  expect(stream.events.find(({ type }) => type === 'step')?.data).toEqual(step);
  expectContinuousText(stream.events);
  expect(JSON.stringify(stream.events)).not.toContain('forged');
}, 60_000);

test('a flood of forged events costs one query at a time, and delays nobody', async () => {
  const id = await lab.submit();
  const stream = watchTask(gateway.port, id);
  await eventually('the snapshot comes', () => stream.events.length === 1);
  let stop = false;
  const flood = async () => {
    for (let round = 0; round < 200 && !stop; round++) {
      for (const event of forgeries(id)) lab.producer.publishEvent(event);
      await eventually('some are sent', () => lab.producer.health().buffered < 1000);
    }
  };
  const flooding = flood();
  const begun = performance.now();
  const attempt = await lab.claim(id);
  for (let turn = 0; turn < 5; turn++) {
    const count = stream.events.length;
    await attempt.endTurn(`turn ${turn}`);
    await eventually('the step comes', () => stream.events.length > count);
  }
  await attempt.complete();
  expect(await within('the stream ends', 10_000, stream.closed)).toBe(true);
  console.info(
    `five steps and the end came in ${(performance.now() - begun).toFixed(0)} ms in a flood of forgeries`,
  );
  stop = true;
  await flooding;
  expect(storyOf(stream.events)).toEqual(await wholeStory(lab.database.db, id));
}, 60_000);
