/**
 * How throughput grows with the number of executors, in containers: `bun bench/scale-executors.ts [--executors 1,2,3,4,5] [--tasks 240] [--slots 4]`.
 *
 * Starts docker-compose.yml under its own name and ports, with Apache Kafka if Redpanda's image cannot be pulled, and runs
 * the same tasks of the simulated model, 500 ms each, with each number of executors. So slots are the limit, not CPUs:
 * n executors with 4 slots can finish 8n tasks/s. Exits with 1 if five times the executors do less than four times the
 * work.
 */
import { parseArgs } from 'node:util';
import { chooseBroker } from '../tests/compose/broker-choice.ts';
import { Client } from '../tests/compose/client.ts';
import { engineUnavailable } from '../tests/compose/engine.ts';
import { ComposeProject } from '../tests/compose/project.ts';
import { eventually } from '../tests/waiting.ts';
import { count, orUsage } from './options.ts';

const LATENCY_MS = 500;
const EFFICIENCY_MIN = 0.8;

const {
  counts,
  tasks: taskCount,
  slots,
} = orUsage('[--executors 1,2,3,4,5] [--tasks 240] [--slots 4]', () => {
  const { values } = parseArgs({
    options: {
      executors: { type: 'string', default: '1,2,3,4,5' },
      tasks: { type: 'string', default: '240' },
      slots: { type: 'string', default: '4' },
    },
  });
  return {
    counts: values.executors.split(',').map((text) => count('executors', text, 10)),
    tasks: count('tasks', values.tasks, 1_000),
    slots: count('slots', values.slots, 64),
  };
});

const reason = await engineUnavailable();
if (reason) {
  console.error(`cannot run here: ${reason}`);
  process.exit(2);
}

const broker = await chooseBroker();
console.log(`broker: ${broker.name}; ${taskCount} tasks of ${LATENCY_MS} ms, ${slots} slots per executor`);
await using project = await ComposeProject.create({
  files: [broker.file],
  env: { SIMULATED_LATENCY_MS: String(LATENCY_MS), EXECUTOR_CONCURRENCY: String(slots) },
});
await project.up(counts[0]!);
const client = new Client(project.gatewayUrl, await project.createKey());
const db = project.openDatabase(1);

const rates: number[] = [];
for (const executors of counts) {
  await project.scale(executors);
  const perSecond = await throughput();
  rates.push(perSecond);
  const possible = (executors * slots * 1000) / LATENCY_MS;
  console.log(
    `${executors} executors: ${perSecond.toFixed(1)} tasks/s of ${possible} possible, ` +
      `${(perSecond / rates[0]!).toFixed(2)} times the first`,
  );
}
await db.close();
const growth = rates.at(-1)! / rates[0]!;
const passed = growth >= EFFICIENCY_MIN * (counts.at(-1)! / counts[0]!);
console.log(passed ? 'passed' : `FAILED: ${growth.toFixed(2)} times the throughput is too little`);
process.exitCode = passed ? 0 : 1;

/** Tasks per second, from the first claim to the last end. */
async function throughput(): Promise<number> {
  await db.sql`truncate tasks cascade`;
  const tasks = Array.from({ length: taskCount }, (_, i) => ({ prompt: `answer ${i}`, model: 'simulated' }));
  await client.json('/tasks/batch', 207, { body: { tasks } });
  const [row] = await eventually(
    'all have ended',
    async () => {
      const rows = await db.sql<{ ended: number; seconds: number }[]>`
        select count(finished_at)::int as ended,
          extract(epoch from max(finished_at) - min(started_at))::float8 as seconds
        from tasks`;
      return rows[0]!.ended === taskCount && rows;
    },
    { timeoutMs: 120_000, intervalMs: 100 },
  );
  return taskCount / Number(row!.seconds);
}
