/**
 * What the embedded broker costs: `bun bench/broker-memory.ts [--megabytes 1000]`.
 *
 * Starts it on a fresh data folder, produces and reads that much with kafkajs, and reads its memory and CPU time from
 * /proc: idle, at the peak, and idle again. Then kills it and measures the restart, which verifies the log. Linux only.
 * Exits with 1 if the peak exceeds 200 MB.
 */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { produceAndConsume, usageOf } from '../tests/broker/load.ts';
import { startEmbeddedBroker } from '../tests/conformance/brokers/embedded-broker.ts';
import { reportFigures } from './figures.ts';
import { exitOnSignal } from './on-exit.ts';
import { readCounts } from './options.ts';

const rssPeakMbMax = 200;
const idleSeconds = 5;

const { megabytes } = readCounts({ megabytes: { default: 1000, max: 10_000 } });

exitOnSignal();
const dataDir = await mkdtemp(join(tmpdir(), 'millrace-broker-bench-'));
const broker = await startEmbeddedBroker({ dataDir });
let passed = false;
try {
  const idle = usageOf(broker.pid);
  console.log(`idle: ${idle.rssMb.toFixed(0)} MB`);
  const load = await produceAndConsume(broker.brokers, 'load', megabytes * 1e6);
  const after = usageOf(broker.pid);
  const rate = (ms: number) => (load.bytes / 1e3 / ms).toFixed(0);
  console.log(`produced ${(load.bytes / 1e6).toFixed(0)} MB at ${rate(load.produceMs)} MB/s`);
  console.log(`read at ${rate(load.consumeMs)} MB/s`);
  console.log(`peak: ${after.rssPeakMb.toFixed(0)} MB; broker CPU ${after.cpuMs - idle.cpuMs} ms in all`);
  await Bun.sleep(idleSeconds * 1000);
  const later = usageOf(broker.pid);
  const cpuPercent = (later.cpuMs - after.cpuMs) / (idleSeconds * 10);
  console.log(`idle again: ${later.rssMb.toFixed(0)} MB, ${cpuPercent.toFixed(1)} % CPU`);
  await broker.kill('SIGKILL');
  const killed = performance.now();
  await broker.restart();
  const recoveryMs = performance.now() - killed;
  console.log(`ready ${recoveryMs.toFixed(0)} ms after a kill -9`);
  reportFigures([
    { name: 'memory, peak', value: after.rssPeakMb, unit: 'MB' },
    { name: 'restart after kill -9', value: recoveryMs, unit: 'ms' },
  ]);
  passed = after.rssPeakMb < rssPeakMbMax;
} finally {
  await broker.stop();
  await rm(dataDir, { recursive: true, force: true });
}
process.exit(passed ? 0 : 1);
