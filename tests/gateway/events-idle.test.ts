import { expect, test } from 'bun:test';
import { createTestDatabase } from '../test-database.ts';
import { eventually, within } from '../waiting.ts';
import { watchTask } from './event-client.ts';
import { listenAsGateway } from './listening-gateway.ts';
import { ScriptedAttempt, submitScripted } from './scripted-attempt.ts';

/** Bun's own idle timeout: a request silent for longer is cut off. */
const BUN_IDLE_SECONDS = 10;
const KEEP_ALIVE_SECONDS = 3;

test('a quiet stream is kept alive, and a client that stops reading is cut off', async () => {
  await using database = await createTestDatabase();
  await using gateway = await listenAsGateway(database, { keepAliveSeconds: KEEP_ALIVE_SECONDS });
  const [quietId, fullId] = [await submitScripted(database.db), await submitScripted(database.db)];
  const begun = performance.now();
  const quiet = watchTask(gateway.port, quietId);
  const full = watchTask(gateway.port, fullId);
  for (const stream of [quiet, full]) {
    await eventually('the snapshot comes', () => stream.events.length === 1);
  }
  full.pause();
  const attempt = await ScriptedAttempt.claim(database.db, fullId);
  // More than the system buffers.
  for (let step = 0; step < 100; step++) await attempt.endTurn('x'.repeat(200_000));

  await eventually('the stalled client is cut off', () => gateway.streams.places.taken === 1, {
    timeoutMs: 60_000,
  });
  // Bun looks at idle connections every 4 seconds, and may cut one off as much before its time.
  const outlived = Math.ceil((BUN_IDLE_SECONDS + 4) / KEEP_ALIVE_SECONDS);
  await eventually('the quiet stream outlives that', () => quiet.comments.length >= outlived, {
    timeoutMs: 60_000,
  });
  expect(performance.now() - begun).toBeGreaterThan(BUN_IDLE_SECONDS * 1000);
  full.cut();

  await (await ScriptedAttempt.claim(database.db, quietId)).complete();
  expect(await within('the quiet stream ends', 5_000, quiet.closed)).toBe(true);
  expect(quiet.events.map(({ type }) => type)).toEqual(['snapshot', 'status', 'end']);
}, 90_000);

test('statuses are of interest while somebody watches, or a text may be over', async () => {
  await using database = await createTestDatabase();
  await using gateway = await listenAsGateway(database);
  const { streams } = gateway;
  expect(streams.isListening).toBe(false);
  const id = await submitScripted(database.db);
  const watching = watchTask(gateway.port, id);
  await eventually('the snapshot comes', () => watching.events.length === 1);
  expect(streams.isListening).toBe(true);
  watching.cut();
  await eventually('nobody watches any more', () => !streams.isListening);
  streams.hear([{ v: 1, type: 'delta', task_id: id, attempt: 1, seq: 1, offset: 0, text: 'x' }]);
  expect(streams.isListening).toBe(true);
  streams.hear([{ v: 1, type: 'status', task_id: id, attempt: 1, status: 'COMPLETED' }]);
  expect(streams.isListening).toBe(false);
});
