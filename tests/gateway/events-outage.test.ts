import { expect, test } from 'bun:test';
import { migrate } from '@millrace/db';
import { startOwnPostgres } from '../own-postgres.ts';
import { openPool } from '../test-database.ts';
import { eventually, within } from '../waiting.ts';
import { watchTask } from './event-client.ts';
import { expectContinuousText, storyOf, turnTexts, wholeStory } from './event-log.ts';
import { listenAsGateway } from './listening-gateway.ts';
import { ScriptedAttempt, submitScripted } from './scripted-attempt.ts';

test('while Postgres is away open streams stay open, and catch up when it is back', async () => {
  await using postgres = await startOwnPostgres();
  await migrate(postgres.url);
  await using db = openPool(postgres.url, 3);
  await using gateway = await listenAsGateway({ db });
  const id = await submitScripted(db);
  const stream = watchTask(gateway.port, id);
  await eventually('the snapshot comes', () => stream.events.length === 1);
  const attempt = await ScriptedAttempt.claim(db, id, gateway.producer);
  attempt.say('before');
  await eventually('text comes', () => turnTexts(stream.events).get('1/1') === 'before');

  await postgres.stop();
  const refused = watchTask(gateway.port, id, stream.events.at(-1)!.id);
  const { status, headers } = await within('an answer', 20_000, refused.answer);
  expect([status, headers.get('retry-after')]).toEqual([503, '1']);
  attempt.say(' during');
  await eventually('text still comes', () => turnTexts(stream.events).get('1/1') === 'before during');

  await postgres.start();
  await eventually('Postgres answers', () => attempt.endTurn(), { timeoutMs: 20_000 });
  await attempt.complete();
  expect(await within('the stream ends', 20_000, stream.closed)).toBe(true);
  expect(storyOf(stream.events)).toEqual(await wholeStory(db, id));
  expectContinuousText(stream.events);
  expect(gateway.streams.places.taken).toBe(0);
}, 90_000);
