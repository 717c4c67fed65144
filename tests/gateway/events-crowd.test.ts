import { expect, setDefaultTimeout, test } from 'bun:test';
import { submitAll, UNRESTRICTED } from '@millrace/db';
import { usageOf } from '../broker/load.ts';
import { newTask } from '../db/new-task.ts';
import { shared } from '../shared.ts';
import { eventually, within } from '../waiting.ts';
import { type EventConnection, watchTask } from './event-client.ts';
import { expectContinuousText, storyOf, turnTexts } from './event-log.ts';
import { startEventsLab } from './events-lab.ts';

setDefaultTimeout(120_000);

const CROWD = 1000;
const POOL_SIZE = 4;

const lab = shared(startEventsLab);
const gateway = shared(() =>
  lab.startGateway({
    DATABASE_POOL_SIZE: String(POOL_SIZE),
    MAX_EVENT_STREAMS: String(CROWD),
  }),
);

async function watchAll(ids: readonly string[]): Promise<EventConnection[]> {
  const streams = ids.map((id) => watchTask(gateway.port, id));
  await eventually('all have their snapshots', () => streams.every(({ events }) => events.length > 0), {
    timeoutMs: 30_000,
  });
  return streams;
}

async function connections(): Promise<number> {
  const [row] = await lab.database.db.sql<{ count: number }[]>`
    select count(*)::int as count from pg_stat_activity where application_name like 'millrace-gateway%'`;
  return row!.count;
}

const statusOf = async (stream: EventConnection) => (await stream.answer).status;

test(`${CROWD} streams of ${CROWD} tasks on one gateway: each sees its own task, and one more is refused`, async () => {
  const tasks = (await submitAll(
    lab.database.db,
    UNRESTRICTED,
    Array.from({ length: CROWD }, () => newTask({ model: 'scripted' })),
  ))!;
  const before = usageOf(gateway.pid).rssMb;
  const streams = await watchAll(tasks.map(({ id }) => id));
  expect(await statusOf(watchTask(gateway.port, tasks[0]!.id))).toBe(429);

  const attempts = await Promise.all(tasks.map(({ id }) => lab.claim(id)));
  for (const [i, attempt] of attempts.entries()) attempt.say(`task ${i} `);
  for (const attempt of attempts) attempt.say('speaks');
  await eventually(
    'every stream has its text',
    () => streams.every(({ events }, i) => turnTexts(events).get('1/1') === `task ${i} speaks`),
    { timeoutMs: 30_000, intervalMs: 100 },
  );
  await Promise.all(attempts.map((attempt) => attempt.endTurn()));
  await Promise.all(attempts.map((attempt) => attempt.complete()));
  const whole = await within('all streams end', 30_000, Promise.all(streams.map(({ closed }) => closed)));
  expect(whole.filter((ended) => !ended)).toEqual([]);
  for (const { events } of streams) {
    expect(storyOf(events)).toEqual(['RUNNING 1', 'step 1/1', 'end COMPLETED']);
    expectContinuousText(events);
  }
  expect(await connections()).toBeLessThanOrEqual(POOL_SIZE + 2);
  const { rssPeakMb } = usageOf(gateway.pid);
  console.info(
    `with ${CROWD} streams the gateway grew from ${before.toFixed(0)} MB to ${rssPeakMb.toFixed(0)} MB at most`,
  );
  expect(rssPeakMb - before).toBeLessThan(150);
});

test(`${CROWD} streams of one task get it at nearly the same moment, and leave no trace afterwards`, async () => {
  const id = await lab.submit();
  const streams = await watchAll(Array.from({ length: CROWD }, () => id));
  const attempt = await lab.claim(id);
  for (let word = 0; word < 20; word++) {
    const saidAt = performance.now();
    attempt.say(`${word} `);
    const length = turnTexts(streams[0]!.events).get('1/1')?.length ?? 0;
    await eventually('every stream has the word', () =>
      streams.every(({ events }) =>
        (turnTexts(events.slice(-1)).get('1/1') ?? '').trim().endsWith(`${word}`),
      ),
    );
    expect(performance.now() - saidAt).toBeLessThan(5_000);
    expect(turnTexts(streams[0]!.events).get('1/1')!.length).toBeGreaterThan(length);
  }
  for (const stream of streams.slice(1)) stream.cut();
  await eventually('their places are free', async () => {
    const other = watchTask(gateway.port, id);
    const free = (await statusOf(other)) === 200;
    other.cut();
    return free;
  });
  await attempt.endTurn();
  await attempt.complete();
  expect(await within('the stream ends', 10_000, streams[0]!.closed)).toBe(true);
  expectContinuousText(streams[0]!.events);
});

test('SIGTERM: all streams are closed cleanly, and the gateway exits with 0', async () => {
  await using other = await lab.startGateway();
  const id = await lab.submit();
  const streams = Array.from({ length: 100 }, () => watchTask(other.port, id));
  await eventually('all streams have begun', () => streams.every(({ events }) => events.length > 0));
  other.signal('SIGTERM');
  const whole = await within('all streams end', 5_000, Promise.all(streams.map(({ closed }) => closed)));
  expect(whole.filter((ended) => !ended)).toEqual([]);
  expect(streams[0]!.events.map(({ type }) => type)).toEqual(['snapshot']);
  expect(await within('the gateway ends', 15_000, other.exited)).toBe(0);
});
