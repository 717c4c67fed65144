import { describe, expect, test } from 'bun:test';
import type { Problem } from '@millrace/contracts';
import { shared } from '../shared.ts';
import { createTestDatabase } from '../test-database.ts';
import { eventually } from '../waiting.ts';
import { type EventConnection, ends, hasEvents, watchTask } from './event-client.ts';
import { listenAsGateway } from './listening-gateway.ts';
import { ScriptedAttempt, submitScripted } from './scripted-attempt.ts';

const MAX_STREAMS = 20;

const database = shared(createTestDatabase);
const gateway = shared(() => listenAsGateway(database, { maxStreams: MAX_STREAMS }));

const submit = () => submitScripted(database.db);
const watch = (id: string, lastEventId?: string) => watchTask(gateway.port, id, lastEventId);

describe('refused are', () => {
  async function problemOf(stream: EventConnection): Promise<Problem> {
    await ends(stream);
    expect((await stream.answer).headers.get('content-type')).toBe('application/problem+json');
    return JSON.parse(stream.body()) as Problem;
  }

  test('an unknown task, with or without an event id', async () => {
    for (const lastEventId of [undefined, '1.2', '1.2.end']) {
      const problem = await problemOf(watch(Bun.randomUUIDv7(), lastEventId));
      expect(problem).toMatchObject({ status: 404, code: 'task_not_found' });
    }
    expect((await problemOf(watch('nonsense'))).status).toBe(422);
  });

  test('invalid ids and ids of positions the task has not reached, naming the header', async () => {
    const id = await submit();
    await ScriptedAttempt.claim(database.db, id);
    for (const lastEventId of [
      'x',
      '1',
      '1.2.3',
      '-1.0',
      '1.0.end.',
      '99999999999.0',
      '2.0',
      '1.0.waiting',
      '1.0, 1.0',
    ]) {
      const problem = await problemOf(watch(id, lastEventId));
      expect({ lastEventId, ...problem }).toMatchObject({
        lastEventId,
        status: 422,
        code: 'validation_failed',
        errors: [{ field: 'Last-Event-ID' }],
      });
    }
  });

  test.each<[string, (id: string) => Promise<void>, string[]]>([
    ['is PENDING', async () => undefined, ['9.9.end', '0.0.end', '0.5.waiting', '0.0', '0.0.1.a', '1.0']],
    [
      'runs',
      async (id) => {
        const attempt = await ScriptedAttempt.claim(database.db, id);
        await attempt.endTurn('one');
      },
      ['1.99', '1.99.5.a', '1.1.end', '1.1.waiting', '0.1', '2.1'],
    ],
    [
      'was retried and has ended',
      async (id) => {
        const first = await ScriptedAttempt.claim(database.db, id);
        await first.endTurn('one');
        await first.fail(true);
        await (await ScriptedAttempt.claim(database.db, id)).complete();
      },
      ['1.1.end', '2.0.end', '2.9.end', '2.0', '2.1.waiting', '1.0.waiting', '3.1.end'],
    ],
  ])('ids of positions that a task that %s has not reached', async (_, happen, made) => {
    const id = await submit();
    await happen(id);
    for (const lastEventId of made) {
      const problem = await problemOf(watch(id, lastEventId));
      expect({ lastEventId, ...problem }).toMatchObject({
        lastEventId,
        status: 422,
        errors: [{ field: 'Last-Event-ID', message: expect.stringMatching(/has not been/) }],
      });
    }
  });

  test('more clients than the maximum, until one has gone', async () => {
    const id = await submit();
    const streams = Array.from({ length: MAX_STREAMS }, () => watch(id));
    await Promise.all(streams.map((stream) => hasEvents(stream, 1)));
    expect(await problemOf(watch(id))).toMatchObject({ status: 429, code: 'overloaded' });
    streams[0]!.cut();
    await eventually('a place is free', () => gateway.streams.places.isFreeFor(null));
    const other = watch(id);
    await hasEvents(other, 1);
    for (const stream of [...streams, other]) stream.cut();
    await eventually('all places are free', () => gateway.streams.places.taken === 0);
  });
});

test('HEAD answers like GET and leaves no stream open', async () => {
  const response = await fetch(`http://127.0.0.1:${gateway.port}/tasks/${await submit()}/events`, {
    method: 'HEAD',
  });
  expect(response.status).toBe(200);
  expect(response.headers.get('content-type')).toBe('text/event-stream; charset=utf-8');
  await eventually('nothing is open', () => gateway.streams.places.taken === 0);
});

test('when the gateway stops, streams are closed cleanly without an end event', async () => {
  await using other = await listenAsGateway(database);
  const id = await submit();
  const stream = watchTask(other.port, id);
  await hasEvents(stream, 1);
  other.streams.stop();
  expect(await ends(stream)).toBe(true);
  expect(stream.events.map(({ type }) => type)).toEqual(['snapshot']);
  const late = watchTask(other.port, id);
  expect((await late.answer).status).toBe(200);
  expect(await ends(late)).toBe(true);
  expect(late.events).toEqual([]);
});
