/**
 * How long the calls of an AI client take: `bun bench/mcp.ts [--calls 5000] [--connections 16] [--seconds 10]`.
 *
 * Starts `bun run up` on a fresh data folder, submits one task through MCP, and reads it with `get_task_status` over HTTP:
 * first one call at a time, then on all connections at once, in both eras of the protocol, checking each answer. Exits
 * with 1 if the median of single calls exceeds 2 ms, or fewer than 1,000 calls/s are answered on 16 connections.
 */
import { rawCall } from '../tests/mcp/raw-client.ts';
import { reportFigures } from './figures.ts';
import { readCounts } from './options.ts';
import { describeTimes, percentile } from './percentiles.ts';
import { startPlatform } from './running-platform.ts';

const P50_MS_MAX = 2;
const CALLS_PER_SECOND_MIN = 1_000;
/** The first calls run cold code. */
const WARM_UP_CALLS = 1_000;

const { calls, connections, seconds } = readCounts({
  calls: { default: 5_000, max: 100_000 },
  connections: { default: 16, max: 256 },
  seconds: { default: 10, max: 600 },
});

const platform = await startPlatform();
const url = new URL(`http://127.0.0.1:${platform.mcpPort}/mcp`);
let missed = false;

/** Without a session, like a client that makes one call. */
async function legacyCall(name: string, args: object): Promise<unknown> {
  const response = await fetch(url, {
    method: 'POST',
    headers: { 'content-type': 'application/json', accept: 'application/json, text/event-stream' },
    body: JSON.stringify({ jsonrpc: '2.0', id: 1, method: 'tools/call', params: { name, arguments: args } }),
  });
  const [, data = ''] = /^data: (\{.*)$/m.exec(await response.text()) ?? [];
  return JSON.parse(data).result;
}

const modernCall = async (name: string, args: object) =>
  (await rawCall(url, { method: 'tools/call', params: { name, arguments: args } })).result;

async function measure(era: string, call: (name: string, args: object) => Promise<unknown>): Promise<void> {
  const submitted = Object(await call('submit_task', { prompt: 'calculate 6*7' }));
  const { task_id } = submitted.structuredContent;
  await call('wait_for_task', { task_id });
  const read = async () => {
    const { status, output } = Object(await call('get_task_status', { task_id })).structuredContent;
    if (status !== 'COMPLETED' || output.text !== '42') throw new Error(`unexpected: ${status} ${output}`);
  };
  for (let i = 0; i < WARM_UP_CALLS; i++) await read();

  const times: number[] = [];
  for (let i = 0; i < calls; i++) {
    const began = performance.now();
    await read();
    times.push(performance.now() - began);
  }
  console.log(`${era}, one at a time: ${describeTimes(times)}`);

  const loaded: number[] = [];
  const began = performance.now();
  const until = began + seconds * 1_000;
  const client = async () => {
    while (performance.now() < until) {
      const start = performance.now();
      await read();
      loaded.push(performance.now() - start);
    }
  };
  await Promise.all(Array.from({ length: connections }, client));
  const perSecond = loaded.length / ((performance.now() - began) / 1_000);
  console.log(
    `${era}, ${connections} connections: ${perSecond.toFixed(0)} calls/s, ${describeTimes(loaded)}`,
  );
  reportFigures([
    { name: `call, revision ${era}, p50`, value: percentile(times, 0.5), unit: 'ms' },
    { name: `calls on ${connections} connections, revision ${era}`, value: perSecond, unit: '/s' },
  ]);
  missed ||= percentile(times, 0.5) > P50_MS_MAX || perSecond < CALLS_PER_SECOND_MIN;
}

try {
  await measure('2026-07-28', modernCall);
  await measure('2025-11-25', legacyCall);
} finally {
  await platform.stop();
}
if (missed) {
  console.log(`missed: a median of ${P50_MS_MAX} ms, ${CALLS_PER_SECOND_MIN} calls/s`);
  process.exit(1);
}
