import { expect, test } from 'bun:test';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { TaskEvent } from '@millrace/contracts';
import { migrate, openDatabase } from '@millrace/db';
import { startPostgres } from '@millrace/devstack';
import { eventually, within } from '../waiting.ts';
import { watchTask } from './event-client.ts';
import { expectContinuousText, storyOf, turnTexts, wholeStory } from './event-log.ts';
import { listenAsGateway } from './listening-gateway.ts';
import { ScriptedAttempt, submitScripted } from './scripted-attempt.ts';

test('while Postgres is away open streams stay open, and catch up when it is back', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'millrace-outage-'));
  await using cleanUp = new AsyncDisposableStack();
  cleanUp.defer(() => rm(folder, { recursive: true, force: true }));
  const options = { dataDir: join(folder, 'data'), settings: { fsync: false } };
  const first = await startPostgres(options);
  cleanUp.defer(() => first.stop('immediate'));
  await migrate(first.url);
  const db = cleanUp.adopt(
    openDatabase({ url: first.url, maxConnections: 3, applicationName: 'events-test' }),
    (database) => database.close(),
  );
  const gateway = cleanUp.use(await listenAsGateway({ db }));
  const producer = { publishEvent: (event: TaskEvent) => gateway.streams.hear([event]) };
  const id = await submitScripted(db);
  const stream = watchTask(gateway.port, id);
  await eventually('the snapshot comes', () => stream.events.length === 1);
  const attempt = await ScriptedAttempt.claim(db, id, producer);
  attempt.say('before');
  await eventually('text comes', () => turnTexts(stream.events).get('1/1') === 'before');

  await first.stop('immediate');
  const refused = watchTask(gateway.port, id, stream.events.at(-1)!.id);
  const { status, headers } = await within('an answer', 20_000, refused.answer);
  expect([status, headers.get('retry-after')]).toEqual([503, '1']);
  attempt.say(' during');
  await eventually('text still comes', () => turnTexts(stream.events).get('1/1') === 'before during');

  const second = await startPostgres({ ...options, port: first.port });
  cleanUp.defer(() => second.stop('immediate'));
  await eventually('Postgres answers', () => attempt.endTurn(), { timeoutMs: 20_000 });
  await attempt.complete();
  expect(await within('the stream ends', 20_000, stream.closed)).toBe(true);
  expect(storyOf(stream.events)).toEqual(await wholeStory(db, id));
  expectContinuousText(stream.events);
  expect(gateway.streams.places.taken).toBe(0);
}, 90_000);
