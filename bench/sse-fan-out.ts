/**
 * What many watching clients cost one gateway:
 * `bun bench/sse-fan-out.ts [--streams 1000] [--speaking 100] [--seconds 10]`.
 *
 * Starts a gateway with a real database and broker, and produces deltas as executors do, one every 50 ms per speaking
 * task. Measures the gateway's CPU time and memory from /proc, and how long a delta takes from the producer to a client:
 * idle, while `--speaking` of the tasks speak, and while all clients watch one speaking task. Linux only.
 * Exits with 1 if a delta is missing, or a median exceeds 100 ms.
 */
import { usageOf } from '../tests/broker/load.ts';
import { type EventConnection, watchTask } from '../tests/gateway/event-client.ts';
import { startEventsLab } from '../tests/gateway/events-lab.ts';
import type { ScriptedAttempt } from '../tests/gateway/scripted-attempt.ts';
import { stopTestPostgres } from '../tests/test-database.ts';
import { eventually } from '../tests/waiting.ts';
import { reportFigures } from './figures.ts';
import { onExit } from './on-exit.ts';
import { readCounts } from './options.ts';
import { describeTimes, percentile } from './percentiles.ts';

const P50_MS_MAX = 100;
const PIECE_MS = 50;

const {
  streams: streamCount,
  speaking,
  seconds,
} = readCounts({
  streams: { default: 1_000, max: 10_000 },
  speaking: { default: 100, max: 10_000 },
  seconds: { default: 10, max: 300 },
});
const speakingCount = Math.min(speaking, streamCount);

let passed = true;
const lab = await startEventsLab();
const gateway = await lab.startGateway();
onExit(() => gateway.signal('SIGKILL'));
try {
  const ids: string[] = [];
  for (let i = 0; i < streamCount; i++) ids.push(await lab.submit());
  console.log(`a gateway without streams: ${usageOf(gateway.pid).rssMb.toFixed(0)} MB`);
  await measure('idle', ids, []);
  const speakers = ids.slice(0, speakingCount);
  await measure(`${speakers.length} tasks speak, one stream each`, ids, speakers);
  const one = await lab.submit();
  await measure(
    'one task speaks to all streams',
    ids.map(() => one),
    [one],
  );
} finally {
  await gateway[Symbol.asyncDispose]();
  await lab[Symbol.asyncDispose]();
  await stopTestPostgres();
}
console.log(
  passed ? 'passed' : `FAILED: no delta may be missing, and medians must stay below ${P50_MS_MAX} ms`,
);
process.exit(passed ? 0 : 1);

async function measure(name: string, watched: readonly string[], speaking: readonly string[]): Promise<void> {
  const delays: number[] = [];
  const streams = watched.map((id) =>
    watchTask(gateway.port, id, undefined, ({ type, data }) => {
      // The text of a delta is the time at which it was produced.
      if (type !== 'delta') return;
      const times = data.text.split(' ').filter(Boolean).map(Number);
      for (const time of times) delays.push(performance.now() - time);
    }),
  );
  await eventually('all have begun', () => streams.every(({ events }) => events.length > 0), {
    timeoutMs: 60_000,
  });
  const attempts = await Promise.all(speaking.map((id) => lab.claim(id)));
  await eventually('it is known that they run', () => hasStatus(streams, watched, speaking), {
    timeoutMs: 60_000,
  });
  const before = usageOf(gateway.pid);
  const begun = performance.now();
  const said = attempts.length > 0 ? await speak(attempts, begun + seconds * 1000) : 0;
  await Bun.sleep(Math.max(0, begun + seconds * 1000 - performance.now()));
  const after = usageOf(gateway.pid);
  const expected =
    (said / Math.max(1, speaking.length)) * watched.filter((id) => speaking.includes(id)).length;
  await eventually('every piece has come', () => delays.length >= expected).catch(() => undefined);
  const elapsedMs = performance.now() - begun;
  const cpuPercent = (100 * (after.cpuMs - before.cpuMs)) / elapsedMs;
  console.log(
    `${name}: ${cpuPercent.toFixed(1)} % of a core, ${after.rssMb.toFixed(0)} MB with ${streams.length} streams`,
  );
  reportFigures([{ name: `CPU, ${name}`, value: cpuPercent, unit: '% of a core' }]);
  if (said > 0) {
    reportFigures([{ name: `delay, ${name}, p50`, value: percentile(delays, 0.5), unit: 'ms' }]);
    const perSecond = (delays.length / (elapsedMs / 1000)).toFixed(0);
    console.log(`  ${delays.length} of ${expected} pieces, ${perSecond}/s: ${describeTimes(delays)}`);
    passed &&= delays.length === expected && percentile(delays, 0.5) < P50_MS_MAX;
  }
  for (const stream of streams) stream.cut();
  for (const attempt of attempts) await attempt.complete();
}

function hasStatus(
  streams: readonly EventConnection[],
  watched: readonly string[],
  speaking: readonly string[],
): boolean {
  const speakers = new Set(speaking);
  return streams.every(
    ({ events }, i) => !speakers.has(watched[i]!) || events.some(({ type }) => type === 'status'),
  );
}

/** Resolves with the number of deltas produced. */
async function speak(attempts: readonly ScriptedAttempt[], until: number): Promise<number> {
  let said = 0;
  const speakers = attempts.map(async (attempt, i) => {
    await Bun.sleep((PIECE_MS * i) / attempts.length);
    for (let due = performance.now(); due < until; due += PIECE_MS) {
      await Bun.sleep(Math.max(0, due - performance.now()));
      attempt.say(`${performance.now().toFixed(3)} `);
      said++;
    }
  });
  await Promise.all(speakers);
  return said;
}
