import { describe, expect, test } from 'bun:test';
import { TaskSnapshot } from '@millrace/contracts';
import { cancel, getTask, replay, UNRESTRICTED } from '@millrace/db';
import { Value } from '@sinclair/typebox/value';
import { shared } from '../shared.ts';
import { createTestDatabase } from '../test-database.ts';
import { eventually, within } from '../waiting.ts';
import { everyStep } from '../whole-history.ts';
import { type EventConnection, watchTask } from './event-client.ts';
import { expectContinuousText, storyOf, turnTexts, wholeStory } from './event-log.ts';
import { finishTask } from './finish-task.ts';
import { listenAsGateway } from './listening-gateway.ts';
import { ScriptedAttempt, submitScripted } from './scripted-attempt.ts';

const database = shared(createTestDatabase);
const gateway = shared(() => listenAsGateway(database));

const heard = {
  publishEvent: (event: Parameters<typeof gateway.streams.hear>[0][number]) => gateway.streams.hear([event]),
};
const submit = () => submitScripted(database.db);
const claim = (id: string, producer?: typeof heard) => ScriptedAttempt.claim(database.db, id, producer);
const watch = (id: string, lastEventId?: string) => watchTask(gateway.port, id, lastEventId);
const ends = (stream: EventConnection) => within('the stream ends', 5_000, stream.closed);
const has = (stream: EventConnection, count: number) =>
  eventually(`${count} events have come`, () => stream.events.length >= count);

describe('a stream', () => {
  test('shows a task from submission to its end, and closes', async () => {
    const id = await submit();
    const stream = watch(id.toUpperCase());
    const { status, headers } = await stream.answer;
    expect(status).toBe(200);
    expect(headers.get('content-type')).toBe('text/event-stream; charset=utf-8');
    expect(headers.get('cache-control')).toBe('no-store');
    expect(headers.get('x-accel-buffering')).toBe('no');
    expect(headers.get('x-content-type-options')).toBe('nosniff');
    await has(stream, 1);
    expect(stream.retryMs()).toBeGreaterThanOrEqual(1000);
    const task = await getTask(database.db, UNRESTRICTED, id);
    expect(stream.events[0]).toEqual({
      id: '0.0.waiting',
      type: 'snapshot',
      data: { task: task!, steps: [], partial: null },
    });

    const attempt = await claim(id, heard);
    attempt.say('你好, ');
    await has(stream, 3);
    attempt.say('wor🌍');
    await has(stream, 4);
    const step = await attempt.endTurn();
    await attempt.complete('done');
    expect(await ends(stream)).toBe(true);
    expect(stream.events.slice(1)).toEqual([
      { id: '1.0', type: 'status', data: { attempt: 1, status: 'RUNNING', error: null } },
      { id: expect.any(String), type: 'delta', data: { attempt: 1, seq: 1, offset: 0, text: '你好, ' } },
      { id: expect.any(String), type: 'delta', data: { attempt: 1, seq: 1, offset: 4, text: 'wor🌍' } },
      { id: '1.1', type: 'step', data: step },
      { id: '1.1.end', type: 'end', data: (await getTask(database.db, UNRESTRICTED, id))! },
    ]);
    expect(gateway.streams.places.taken).toBe(0);
  });

  test('that begins mid-turn has the text so far, once its beginning is known', async () => {
    const id = await submit();
    const attempt = await claim(id, heard);
    attempt.say('one ');
    const early = watch(id);
    await has(early, 1);
    expect(Value.Errors(TaskSnapshot, early.events[0]!.data).First()).toBeUndefined();
    expect(early.events[0]).toMatchObject({ data: { partial: { attempt: 1, seq: 1, text: 'one ' } } });
    attempt.say('two');
    await has(early, 2);
    expect(early.events[1]).toMatchObject({ data: { offset: 4, text: 'two' } });
    early.cut();
  });

  test('of an ended task is a snapshot and the end, and its last id gives 204', async () => {
    const id = await submit();
    await finishTask(database.db, id);
    const stream = watch(id);
    expect(await ends(stream)).toBe(true);
    expect(stream.events.map(({ type }) => type)).toEqual(['snapshot', 'end']);
    const again = watch(id, stream.events[1]!.id);
    expect((await again.answer).status).toBe(204);
    const afterSnapshot = watch(id, stream.events[0]!.id);
    await ends(afterSnapshot);
    expect(afterSnapshot.events).toEqual(stream.events.slice(1));
    // An ended stream stays ended, even if the task runs again.
    await replay(database.db, UNRESTRICTED, { ids: [id] }, 1);
    expect((await watch(id, stream.events[1]!.id).answer).status).toBe(204);
  });

  test('has the step of a model without checkpoints before the end', async () => {
    const id = await submit();
    const stream = watch(id);
    await has(stream, 1);
    await claim(id);
    const steps = [{ kind: 'tool', name: 'calculator', arguments: { expression: '1+1' }, output: '2' }];
    await database.db.sql`
      update tasks set status = 'COMPLETED', due_at = null, finished_at = now(),
        result = ${JSON.stringify({ output: '2', steps })}::jsonb where id = ${id}`;
    await ends(stream);
    expect(storyOf(stream.events)).toEqual(['RUNNING 1', 'step 1/1', 'end COMPLETED']);
    expect(stream.events.find(({ type }) => type === 'step')?.data).toEqual(
      (await everyStep(database.db, id))[0]!,
    );
  });

  test('closes when its task is deleted', async () => {
    const id = await submit();
    const stream = watch(id);
    await has(stream, 1);
    await database.db.sql`delete from tasks where id = ${id}`;
    expect(await ends(stream)).toBe(true);
    expect(stream.events.map(({ type }) => type)).toEqual(['snapshot']);
  });

  test('needs no events: Postgres is asked every second', async () => {
    const id = await submit();
    const stream = watch(id);
    await has(stream, 1);
    const attempt = await claim(id);
    await attempt.endTurn('hello');
    const error = await attempt.fail(true);
    await has(stream, 4);
    expect(storyOf(stream.events)).toEqual(['RUNNING 1', 'step 1/1', 'PENDING 1']);
    expect(stream.events[3]).toMatchObject({ id: '1.1.waiting', data: { error } });
    await cancel(database.db, UNRESTRICTED, id);
    await ends(stream);
    expect(storyOf(stream.events).at(-1)).toBe('end CANCELLED');
  });

  test('continues after a replay it did not notice, and after the end of an earlier run', async () => {
    const id = await submit();
    const stream = watch(id);
    await has(stream, 1);
    const first = await claim(id);
    await first.endTurn('first');
    await has(stream, 3);
    stream.cut();
    await first.complete();
    await replay(database.db, UNRESTRICTED, { ids: [id] }, 1);
    const second = await claim(id, heard);
    await second.endTurn('second');
    const resumed = watch(id, stream.events.at(-1)!.id);
    await second.complete();
    await ends(resumed);
    expect(storyOf([...stream.events, ...resumed.events])).toEqual(await wholeStory(database.db, id));
  });

  test('of a turn that starts over says so, live or resumed', async () => {
    const id = await submit();
    const attempt = await claim(id, heard);
    const stream = watch(id);
    await has(stream, 1);
    attempt.say('The answer is 41 and');
    await has(stream, 2);
    const { id: beforeCut } = stream.events[1]!;
    attempt.beginAnew();
    attempt.say('The answer is ');
    attempt.say('42, because I have counted again');
    await has(stream, 3);
    expect(turnTexts(stream.events).get('1/1')).toBe('The answer is 42, because I have counted again');
    const resumed = watch(id, beforeCut);
    await has(resumed, 1);
    expect(resumed.events[0]).toMatchObject({
      data: { offset: 0, text: 'The answer is 42, because I have counted again' },
    });
    for (const open of [stream, resumed]) open.cut();
  });

  test('of a history too long for one read has its beginning in the snapshot, then the rest', async () => {
    const id = await submit();
    const attempt = await claim(id);
    for (let turn = 0; turn < 60; turn++) await attempt.endTurn(`${turn}`.repeat(60_000));
    await attempt.fail(true);
    await (await claim(id)).complete();
    const { events, closed } = watch(id);
    // With a second between any two reads it would take longer.
    expect(await within('the stream ends', 5_000, closed)).toBe(true);
    const [snapshot] = events;
    if (snapshot?.type !== 'snapshot') throw new Error('no snapshot');
    expect(snapshot.data.steps.length).toBeWithin(1, 10);
    const later = events.flatMap(({ type, data }) => (type === 'step' ? [data] : []));
    expect([...snapshot.data.steps, ...later]).toEqual(await everyStep(database.db, id));
    expect(storyOf(events)).toEqual(
      (await wholeStory(database.db, id)).slice(1 + snapshot.data.steps.length),
    );
  });

  test('is not disturbed by a client claiming a position beyond the task', async () => {
    const id = await submit();
    const attempt = await claim(id, heard);
    const stream = watch(id);
    await has(stream, 1);
    attempt.say('one ');
    await has(stream, 2);
    const further = watch(id, '1.99');
    expect((await further.answer).status).toBe(422);
    attempt.say('two');
    await has(stream, 3);
    expect(turnTexts(stream.events).get('1/1')).toBe('one two');
    expect(further.events).toEqual([]);
    stream.cut();
  });

  test('keeps the text of a failed attempt apart from that of the next', async () => {
    const id = await submit();
    const stream = watch(id);
    await has(stream, 1);
    const first = await claim(id, heard);
    first.say('lost words');
    await has(stream, 3);
    await first.fail(true);
    const second = await claim(id, heard);
    await eventually('the stream reports the second attempt', () =>
      storyOf(stream.events).includes('RUNNING 2'),
    );
    second.say('kept words');
    // Late, from an attempt that does not know yet that it has lost its task.
    first.say(' and more');
    await eventually('its text comes', () => turnTexts(stream.events).has('2/1'));
    await second.endTurn();
    await second.complete();
    await ends(stream);
    expect([...turnTexts(stream.events)]).toEqual([
      ['1/1', 'lost words'],
      ['2/1', 'kept words'],
    ]);
    expectContinuousText(stream.events);
    expect(storyOf(stream.events)).toEqual(await wholeStory(database.db, id));
  });
});

test('resuming from any id gives exactly what followed it', async () => {
  const id = await submit();
  const stream = watch(id);
  await has(stream, 1);
  for (const run of [1, 2, 3]) {
    const attempt = await claim(id, heard);
    for (let turn = 0; turn < run; turn++) {
      const count = stream.events.length;
      attempt.say(`run ${run} `);
      attempt.say(`turn ${turn}`);
      await eventually('text comes', () => stream.events.length > count);
      await attempt.endTurn();
    }
    if (run < 3) await attempt.fail(true);
    else await attempt.complete();
  }
  await ends(stream);
  expect(storyOf(stream.events)).toEqual(await wholeStory(database.db, id));
  expect(new Set(stream.events.map((event) => event.id)).size).toBe(stream.events.length);
  for (const [index, event] of stream.events.slice(0, -1).entries()) {
    const resumed = watch(id, event.id);
    await ends(resumed);
    // The text of a committed step is in that step.
    const later = stream.events.slice(index + 1).filter(({ type }) => type !== 'delta');
    expect({ from: event.id, events: resumed.events }).toEqual({ from: event.id, events: later });
  }
});
