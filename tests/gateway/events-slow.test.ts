import { expect, test } from 'bun:test';
import { usageOf } from '../broker/load.ts';
import { eventually, within } from '../waiting.ts';
import { everyStep } from '../whole-history.ts';
import { watchTask } from './event-client.ts';
import { expectContinuousText, storyOf, turnTexts, wholeStory } from './event-log.ts';
import { startEventsLab } from './events-lab.ts';

const CLIENTS = 20;
/** Together far more than the system buffers for a connection, which is a few megabytes. */
const STEPS = 100;
const STEP_LENGTH = 150_000;
const WORDS = 400;

test(`${CLIENTS} clients that stop reading cost bounded memory, and miss nothing when they resume`, async () => {
  await using lab = await startEventsLab();
  await using gateway = await lab.startGateway();
  const id = await lab.submit();
  const streams = Array.from({ length: CLIENTS }, () => watchTask(gateway.port, id));
  for (const stream of streams) {
    await eventually('the snapshot comes', () => stream.events.length === 1);
    stream.pause();
  }
  const onlooker = watchTask(gateway.port, id);
  // Before the claim: a later snapshot would contain what the story begins with.
  await eventually('the onlooker has its snapshot', () => onlooker.events.length > 0);
  const attempt = await lab.claim(id);
  const before = usageOf(gateway.pid).rssMb;
  for (let turn = 1; turn <= STEPS; turn++) {
    await attempt.endTurn(`${turn} ${'x'.repeat(STEP_LENGTH)}`);
    const { length } = onlooker.events;
    await eventually('the onlooker has it', () =>
      storyOf(onlooker.events.slice(length - 2)).includes(`step 1/${turn}`),
    );
  }
  for (let word = 0; word < WORDS; word++) {
    attempt.say(`word ${word} `);
    if (word % 20 === 0) await lab.sent();
  }
  const text = Array.from({ length: WORDS }, (_, word) => `word ${word} `).join('');
  await eventually(
    'the onlooker has all of the text',
    () => turnTexts(onlooker.events).get(`1/${STEPS + 1}`) === text,
  );
  const { rssPeakMb } = usageOf(gateway.pid);
  const megabytes = (CLIENTS * STEPS * STEP_LENGTH) / 1e6;
  console.info(
    `${megabytes} MB unread: the gateway grew from ${before.toFixed(0)} MB to ${rssPeakMb.toFixed(0)} MB at most`,
  );
  expect(rssPeakMb - before).toBeLessThan(100);

  const [slow, ...others] = streams as [(typeof streams)[0], ...typeof streams];
  for (const other of others) other.cut();
  slow.resume();
  await eventually('it catches up', () => turnTexts(slow.events).get(`1/${STEPS + 1}`) === text, {
    timeoutMs: 20_000,
  });
  const deltas = slow.events.filter(({ type }) => type === 'delta');
  console.info(`${WORDS} words came in ${deltas.length} pieces`);
  expect(deltas.length).toBeLessThan(WORDS / 4);
  await attempt.endTurn();
  await attempt.complete();
  for (const stream of [slow, onlooker]) {
    expect(await within('the stream ends', 10_000, stream.closed)).toBe(true);
    expect(storyOf(stream.events)).toEqual(await wholeStory(lab.database.db, id));
    expectContinuousText(stream.events);
    const steps = stream.events.filter(({ type }) => type === 'step').map(({ data }) => data);
    expect(Bun.deepEquals(steps, await everyStep(lab.database.db, id))).toBe(true);
  }
}, 120_000);
