import { describe, expect, test } from 'bun:test';
import { TaskSnapshot } from '@millrace/contracts';
import { cancel, getTask, replay, UNRESTRICTED } from '@millrace/db';
import { Value } from '@sinclair/typebox/value';
import { shared } from '../shared.ts';
import { createTestDatabase } from '../test-database.ts';
import { eventually, within } from '../waiting.ts';
import { everyStep } from '../whole-history.ts';
import { ends, hasEvents, watchTask } from './event-client.ts';
import { expectContinuousText, storyOf, turnTexts, wholeStory } from './event-log.ts';
import { finishTask } from './finish-task.ts';
import { listenAsGateway } from './listening-gateway.ts';
import { ScriptedAttempt, submitScripted } from './scripted-attempt.ts';

const database = shared(createTestDatabase);
const gateway = shared(() => listenAsGateway(database));

const submit = () => submitScripted(database.db);
const claim = (id: string, producer?: typeof gateway.producer) =>
  ScriptedAttempt.claim(database.db, id, producer);
const watch = (id: string, lastEventId?: string) => watchTask(gateway.port, id, lastEventId);

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
    await hasEvents(stream, 1);
    expect(stream.retryMs()).toBeGreaterThanOrEqual(1000);
    const task = await getTask(database.db, UNRESTRICTED, id);
    expect(stream.events[0]).toEqual({
      id: '0.0.waiting',
      type: 'snapshot',
      data: { task: task!, steps: [], partial: null },
    });

    const attempt = await claim(id, gateway.producer);
    attempt.say('你好, ');
    await hasEvents(stream, 3);
    attempt.say('wor🌍');
    await hasEvents(stream, 4);
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
    const attempt = await claim(id, gateway.producer);
    attempt.say('one ');
    const early = watch(id);
    await hasEvents(early, 1);
    expect(Value.Errors(TaskSnapshot, early.events[0]!.data).First()).toBeUndefined();
    expect(early.events[0]).toMatchObject({ data: { partial: { attempt: 1, seq: 1, text: 'one ' } } });
    attempt.say('two');
    await hasEvents(early, 2);
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
    await hasEvents(stream, 1);
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
    await hasEvents(stream, 1);
    await database.db.sql`delete from tasks where id = ${id}`;
    expect(await ends(stream)).toBe(true);
    expect(stream.events.map(({ type }) => type)).toEqual(['snapshot']);
  });

  test('needs no events: Postgres is asked every second', async () => {
    const id = await submit();
    const stream = watch(id);
    await hasEvents(stream, 1);
    const attempt = await claim(id);
    await attempt.endTurn('hello');
    const error = await attempt.fail(true);
    await hasEvents(stream, 4);
    expect(storyOf(stream.events)).toEqual(['RUNNING 1', 'step 1/1', 'PENDING 1']);
    expect(stream.events[3]).toMatchObject({ id: '1.1.waiting', data: { error } });
    await cancel(database.db, UNRESTRICTED, id);
    await ends(stream);
    expect(storyOf(stream.events).at(-1)).toBe('end CANCELLED');
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

  test('keeps the text of a failed attempt apart from that of the next', async () => {
    const id = await submit();
    const stream = watch(id);
    await hasEvents(stream, 1);
    const first = await claim(id, gateway.producer);
    first.say('lost words');
    await hasEvents(stream, 3);
    await first.fail(true);
    const second = await claim(id, gateway.producer);
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
