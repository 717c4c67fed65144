/**
 * How fast the gateway accepts tasks, compared with Elysia with nothing behind it:
 * `bun bench/gateway.ts [--requests 20000] [--connections 64] [--rounds 5]`.
 *
 * Starts durable Postgres, the broker and a gateway, no executor; and Elysia with the same validation and answer, but no
 * database (bare-elysia.ts). Sends both the same requests in turn, swapping the order each round; the medians count. The
 * driver is one process on the same machine: if it uses a whole core, it limits the faster one, so CPU time per request
 * is reported too. Linux only. Exits with 1 if a request is not answered 202.
 */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { startStack } from '@millrace/devstack';
import { median, reportFigures } from './figures.ts';
import { onExit } from './on-exit.ts';
import { readCounts } from './options.ts';
import { describeTimes } from './percentiles.ts';
import { sampleParts } from './processes.ts';
import { submitTasks } from './submit-tasks.ts';

const { requests, connections, rounds } = readCounts({
  requests: { default: 20_000, max: 1_000_000 },
  connections: { default: 64, max: 1_000 },
  rounds: { default: 5, max: 100 },
});
const WARM_UP_REQUESTS = 2_000;

interface Round {
  readonly perSecond: number;
  /** Of the answering process, per request. */
  readonly cpuMs: number;
  readonly latenciesMs: readonly number[];
  /** Of one core. */
  readonly driverShare: number;
}

interface Contestant {
  readonly name: string;
  /** As /proc shows it. */
  readonly process: string;
  readonly port: number;
  readonly rounds: Round[];
}

const dataDir = await mkdtemp(join(tmpdir(), 'millrace-bench-'));
const bare = Bun.spawn([process.execPath, join(import.meta.dir, 'bare-elysia.ts')], {
  stdin: 'ignore',
  stdout: 'pipe',
  env: { ...process.env, NODE_ENV: 'production' },
});
onExit(() => bare.kill());
const stack = await startStack({
  dataDir,
  parts: ['postgres', 'broker', 'gateway'],
  env: { GATEWAY_AUTH: 'off' },
});
try {
  const gateway: Contestant = {
    name: 'gateway',
    process: 'gateway',
    port: Number(new URL(stack.gatewayUrl).port),
    rounds: [],
  };
  const elysia: Contestant = {
    name: 'bare Elysia',
    process: 'bench/bare-elysia',
    port: await firstNumber(bare.stdout),
    rounds: [],
  };
  for (const { port } of [gateway, elysia]) {
    await submitTasks({ port, tasks: WARM_UP_REQUESTS, connections });
  }
  for (let round = 0; round < rounds; round++) {
    for (const contestant of round % 2 === 0 ? [gateway, elysia] : [elysia, gateway]) {
      contestant.rounds.push(await measure(contestant));
    }
  }
  for (const { name, rounds } of [gateway, elysia]) {
    const driver = (100 * median(rounds.map(({ driverShare }) => driverShare))).toFixed(0);
    const times = describeTimes(rounds.flatMap(({ latenciesMs }) => latenciesMs));
    console.log(`${name}: ${times}; the driver used ${driver} % of a core`);
  }
  const rate = ({ rounds }: Contestant) => median(rounds.map(({ perSecond }) => perSecond));
  const cpu = ({ rounds }: Contestant) => median(rounds.map(({ cpuMs }) => cpuMs));
  reportFigures([
    { name: 'gateway: accepted', value: rate(gateway), unit: '/s' },
    { name: 'bare Elysia: answered', value: rate(elysia), unit: '/s' },
    { name: 'accepted ÷ bare Elysia', value: rate(gateway) / rate(elysia), unit: '×' },
    { name: 'gateway: CPU', value: cpu(gateway), unit: 'ms/request' },
    { name: 'bare Elysia: CPU', value: cpu(elysia), unit: 'ms/request' },
    { name: 'CPU ÷ bare Elysia', value: cpu(gateway) / cpu(elysia), unit: '×' },
  ]);
} finally {
  bare.kill();
  await stack.stop();
  await rm(dataDir, { recursive: true, force: true });
}

async function measure(contestant: Contestant): Promise<Round> {
  const cpuOf = () => sampleParts(process.pid).get(contestant.process)?.cpuMs ?? Number.NaN;
  const cpuBefore = cpuOf();
  const driverBefore = process.cpuUsage();
  const { elapsedMs, latenciesMs } = await submitTasks({
    port: contestant.port,
    tasks: requests,
    connections,
  });
  const driver = process.cpuUsage(driverBefore);
  return {
    perSecond: (requests * 1000) / elapsedMs,
    cpuMs: (cpuOf() - cpuBefore) / requests,
    latenciesMs,
    driverShare: (driver.user + driver.system) / 1000 / elapsedMs,
  };
}

async function firstNumber(output: ReadableStream<Uint8Array>): Promise<number> {
  for await (const chunk of output) return Number(new TextDecoder().decode(chunk));
  throw new Error('bare-elysia.ts did not start');
}
