import { expect, test } from 'bun:test';
import { replay, UNRESTRICTED } from '@millrace/db';
import { shared } from '../shared.ts';
import { createTestDatabase } from '../test-database.ts';
import { eventually } from '../waiting.ts';
import { ends, hasEvents, watchTask } from './event-client.ts';
import { storyOf, turnTexts, wholeStory } from './event-log.ts';
import { listenAsGateway } from './listening-gateway.ts';
import { ScriptedAttempt, submitScripted } from './scripted-attempt.ts';

/** What a stream begins with, where a client names the last event it has seen. */

const database = shared(createTestDatabase);
const gateway = shared(() => listenAsGateway(database));

const submit = () => submitScripted(database.db);
const claim = (id: string, producer?: typeof gateway.producer) =>
  ScriptedAttempt.claim(database.db, id, producer);
const watch = (id: string, lastEventId?: string) => watchTask(gateway.port, id, lastEventId);

test('resuming from any id gives exactly what followed it', async () => {
  const id = await submit();
  const stream = watch(id);
  await hasEvents(stream, 1);
  for (const run of [1, 2, 3]) {
    const attempt = await claim(id, gateway.producer);
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

test('a resumed stream continues after a replay that it did not notice, and after the end of an earlier run', async () => {
  const id = await submit();
  const stream = watch(id);
  await hasEvents(stream, 1);
  const first = await claim(id);
  await first.endTurn('first');
  await hasEvents(stream, 3);
  stream.cut();
  await first.complete();
  await replay(database.db, UNRESTRICTED, { ids: [id] }, 1);
  const second = await claim(id, gateway.producer);
  await second.endTurn('second');
  const resumed = watch(id, stream.events.at(-1)!.id);
  await second.complete();
  await ends(resumed);
  expect(storyOf([...stream.events, ...resumed.events])).toEqual(await wholeStory(database.db, id));
});

test('the stream of a turn that starts over says so, live or resumed', async () => {
  const id = await submit();
  const attempt = await claim(id, gateway.producer);
  const stream = watch(id);
  await hasEvents(stream, 1);
  attempt.say('The answer is 41 and');
  await hasEvents(stream, 2);
  const { id: beforeCut } = stream.events[1]!;
  attempt.beginAnew();
  attempt.say('The answer is ');
  attempt.say('42, because I have counted again');
  await hasEvents(stream, 3);
  expect(turnTexts(stream.events).get('1/1')).toBe('The answer is 42, because I have counted again');
  const resumed = watch(id, beforeCut);
  await hasEvents(resumed, 1);
  expect(resumed.events[0]).toMatchObject({
    data: { offset: 0, text: 'The answer is 42, because I have counted again' },
  });
  for (const open of [stream, resumed]) open.cut();
});

test('a client that claims a position beyond the task does not disturb others', async () => {
  const id = await submit();
  const attempt = await claim(id, gateway.producer);
  const stream = watch(id);
  await hasEvents(stream, 1);
  attempt.say('one ');
  await hasEvents(stream, 2);
  const further = watch(id, '1.99');
  expect((await further.answer).status).toBe(422);
  attempt.say('two');
  await hasEvents(stream, 3);
  expect(turnTexts(stream.events).get('1/1')).toBe('one two');
  expect(further.events).toEqual([]);
  stream.cut();
});
