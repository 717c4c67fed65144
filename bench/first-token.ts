/**
 * How long a model's first token takes to reach a watching client:
 * `bun bench/first-token.ts [--streams 100] [--seconds 30] [--executors 1]`.
 *
 * Starts `bun run up` on a fresh data folder, and a provider that speaks OpenAI's protocol. `--streams` tasks run at any
 * time, each watched by its own client from submission to end. Measures from when the provider writes a task's first
 * token to when the client receives the first `delta`, through executor, broker and gateway, and checks that each client
 * received everything. Exits with 1 if the median exceeds 100 ms, or a client missed something.
 */
import { type ReceivedEvent, watchTask } from '../tests/gateway/event-client.ts';
import { turnTexts } from '../tests/gateway/event-log.ts';
import { reportFigures } from './figures.ts';
import { readCounts } from './options.ts';
import { describeTimes, percentile } from './percentiles.ts';
import { startPlatform } from './running-platform.ts';
import { startStreamingProvider } from './streaming-provider.ts';

const P50_MS_MAX = 100;
const PACE = { thinkMs: [200, 800], tokens: 60, tokenMs: 30 } as const;
/** The first tasks run cold code. */
const WARM_UP_MS = 5_000;

const { streams, seconds, executors } = readCounts({
  streams: { default: 100, max: 1_000 },
  seconds: { default: 30, max: 600 },
  executors: { default: 1, max: 8 },
});

const provider = startStreamingProvider(PACE);
const platform = await startPlatform({
  executors,
  env: {
    MODELS: 'bench=openai',
    OPENAI_API_KEY: 'none',
    OPENAI_BASE_URL: provider.baseUrl,
    EXECUTOR_CONCURRENCY: String(Math.min(1000, Math.ceil((2 * streams) / executors))),
  },
});

const firstTokenMs: number[] = [];
let watched = 0;
let broken = 0;
let busiest = 0;
try {
  const measureFrom = performance.now() + WARM_UP_MS;
  const until = measureFrom + seconds * 1000;
  console.log(`${streams} streams for ${seconds} s, executors: ${executors} …`);
  await Promise.all(
    Array.from({ length: streams }, async (_, slot) => {
      // Not all at once: clients arrive at any time.
      await Bun.sleep((slot / streams) * 1000);
      for (let round = 0; performance.now() < until; round++) await watchOne(`${slot}/${round}`, measureFrom);
    }),
  );
  console.log(`first token: ${describeTimes(firstTokenMs)}`);
  reportFigures([
    { name: `first token, ${streams} streams, p50`, value: percentile(firstTokenMs, 0.5), unit: 'ms' },
    { name: `first token, ${streams} streams, p99`, value: percentile(firstTokenMs, 0.99), unit: 'ms' },
  ]);
  console.log(`${watched} tasks watched, ${broken} incompletely; at most ${busiest} answers in flight`);
} finally {
  await platform.stop();
  await provider.stop();
}
const passed = broken === 0 && percentile(firstTokenMs, 0.5) < P50_MS_MAX;
console.log(
  passed
    ? 'passed'
    : `FAILED: the median must stay below ${P50_MS_MAX} ms, and every client receive everything`,
);
process.exit(passed ? 0 : 1);

async function watchOne(prompt: string, measureFrom: number): Promise<void> {
  const id = await submit(prompt);
  let deltaAt: number | undefined;
  const stream = watchTask(platform.gatewayPort, id, undefined, ({ type, data }) => {
    const hasText = type === 'delta' || (type === 'snapshot' && data.partial !== null);
    if (hasText) deltaAt ??= performance.now();
  });
  await stream.closed;
  busiest = Math.max(busiest, provider.underWay());
  watched++;
  if (!isWhole(stream.events)) broken++;
  const spokenAt = provider.firstTokenAt.get(prompt);
  if (deltaAt === undefined || spokenAt === undefined || spokenAt < measureFrom) return;
  firstTokenMs.push(deltaAt - spokenAt);
}

/** The last deltas of a text may be overtaken by its step, which holds the whole text. */
function isWhole(events: readonly ReceivedEvent[]): boolean {
  const [step, end] = events.slice(-2);
  if (step?.type !== 'step' || end?.type !== 'end') return false;
  return (
    step.data.output.split(' ').length === PACE.tokens + 1 &&
    step.data.output === end.data.result?.output &&
    step.data.output.startsWith(turnTexts(events).get('1/1') ?? 'nothing')
  );
}

async function submit(prompt: string): Promise<string> {
  const response = await fetch(`http://127.0.0.1:${platform.gatewayPort}/tasks`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ prompt }),
  });
  if (response.status !== 202) throw new Error(`POST /tasks: ${response.status} ${await response.text()}`);
  return ((await response.json()) as { id: string }).id;
}
