import { describe, expect, test } from 'bun:test';
import type { Task, TaskCreate } from '@millrace/contracts';
import type { Supervisor } from '@millrace/devstack';
import { LANE_TOPICS } from '@millrace/stream';
import { timed } from '../timed.ts';
import { eventually } from '../waiting.ts';
import { pause } from './clock.ts';
import { executorId } from './scenario.ts';
import { untilMembers, withAdmin } from './stream-health.ts';
import { World } from './world.ts';

async function post(world: World, task: TaskCreate): Promise<string> {
  const response = await fetch(`${world.stack.gatewayUrl}/tasks`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(task),
  });
  if (response.status !== 202) throw new Error(`${response.status} ${await response.text()}`);
  return ((await response.json()) as Task).id;
}

async function partitionsWithoutMessage(brokers: string[]): Promise<number> {
  const offsets = await withAdmin(brokers, (admin) =>
    Promise.all(LANE_TOPICS.map((topic) => admin.fetchTopicOffsets(topic))),
  );
  return offsets.flat().filter(({ high }) => Number(high) === 0).length;
}

async function untilCount(world: World, what: string, count: number, timeoutMs: number): Promise<void> {
  await eventually(
    `${count} tasks are ${what}`,
    async () => {
      const [row] = await world.db.sql<{ ended: number; running: number }[]>`
        select count(finished_at)::int as ended, count(*) filter (where status = 'RUNNING')::int as running from tasks`;
      const found = what === 'running' ? row!.running : row!.ended;
      if (found < count) throw new Error(`${found} are`);
      return true;
    },
    { timeoutMs },
  );
}

function summary(durations: readonly number[]): string {
  const sorted = durations.toSorted((a, b) => a - b);
  const at = (share: number) => Math.round(sorted[Math.floor((sorted.length - 1) * share)]!);
  return `median ${at(0.5)}, longest ${at(1)} of ${sorted.length}`;
}

describe('with one executor busy on 60-second tasks and one idle', () => {
  test('a new task starts within a second, whichever partition its message landed in', async () => {
    const slots = 8;
    await using world = await World.start({
      broker: 'embedded',
      executors: 2,
      env: { SIMULATED_LATENCY_MS: '60000', EXECUTOR_CONCURRENCY: String(slots), LEASE_MS: '15000' },
    });
    const [busy, idle] = world.executors as [Supervisor, Supervisor];
    const { brokers } = world.broker.process;
    await idle.stop();
    await untilMembers(brokers, 1);
    for (let i = 0; i < slots; i++) await post(world, { model: 'simulated', prompt: 'a minute of work' });
    await untilCount(world, 'running', slots, 20_000);
    await idle.start();
    await untilMembers(brokers, 2);

    const ids: string[] = [];
    const { stallMs } = await timed(async () => {
      // Messages go to the partitions in turn, and the tasks of a burst share messages.
      for (let round = 0; round < 20 && (await partitionsWithoutMessage(brokers)) > 0; round++) {
        for (let i = 0; i < 8; i++) {
          for (const priority of [9, 5, 1]) {
            ids.push(await post(world, { prompt: `calculate ${i}+1`, priority }));
          }
        }
        await untilCount(world, 'ended', ids.length, 20_000);
      }
    });

    expect(await partitionsWithoutMessage(brokers)).toBe(0);
    const started = await world.db.sql<{ executor: string; wait_ms: number }[]>`
      select executor, extract(epoch from started_at - created_at)::float8 * 1000 as wait_ms from tasks
      where id in (select value::uuid from json_array_elements_text(${JSON.stringify(ids)}::json))`;
    expect(new Set(started.map(({ executor }) => executor))).toEqual(new Set([executorId(idle)]));
    const waits = started.map(({ wait_ms }) => wait_ms);
    console.log(
      `ms from commit to start: ${summary(waits)}; the machine stalled for up to ${Math.round(stallMs)} ms`,
    );
    expect(Math.max(...waits)).toBeLessThan(1_000 + stallMs);
    const [still] = await world.db.sql`
      select count(*)::int as running from tasks where status = 'RUNNING' and executor = ${executorId(busy)}`;
    expect(still!.running).toBe(slots);
    // Nobody waits for the minute to pass.
    busy.kill('SIGKILL');
  }, 120_000);
});

describe('with 2,000 low-priority tasks waiting', () => {
  test('a high-priority task starts within 200 ms of a slot freeing up, and all low ones finish', async () => {
    const [waiting, urgent, slots, runMs] = [2_000, 20, 40, 350];
    await using world = await World.start({
      broker: 'embedded',
      executors: 1,
      env: { SIMULATED_LATENCY_MS: String(runMs), EXECUTOR_CONCURRENCY: String(slots), LEASE_MS: '15000' },
    });
    const low = { model: 'simulated', prompt: 'no hurry', priority: 1 };
    // One after the other, so that slots also free up one by one. If all freed up at once, a task committed a millisecond before
    // but not yet announced would wait for the next time.
    for (let i = 0; i < slots; i++) {
      await post(world, low);
      await pause(runMs / slots);
    }
    let left = waiting - slots;
    await Promise.all(
      Array.from({ length: 16 }, async () => {
        while (left-- > 0) await post(world, low);
      }),
    );
    const ids: string[] = [];
    const { stallMs } = await timed(async () => {
      for (let i = 0; i < urgent; i++) {
        ids.push(await post(world, { model: 'simulated', prompt: 'urgent', priority: 9 }));
        // At a random point of the time in which the slots turn over.
        await pause(200 + 37 * (i % 8));
      }
    });
    await untilCount(world, 'ended', waiting + urgent, 90_000);

    const waits = await world.db.sql<{ wait_ms: number; left: number }[]>`
      select extract(epoch from high.started_at - freed.at)::float8 * 1000 as wait_ms, freed.left::int
      from tasks high, lateral (
        select min(finished_at) as at, count(*) as left from tasks where finished_at > high.created_at
      ) freed
      where high.id in (select value::uuid from json_array_elements_text(${JSON.stringify(ids)}::json)) order by high.created_at`;
    // There was a backlog to overtake throughout the measurement.
    expect(Math.min(...waits.map(({ left }) => left))).toBeGreaterThan(slots * 2);
    const waited = waits.map(({ wait_ms }) => wait_ms);
    console.log(
      `ms from a slot freeing to the start: ${summary(waited)}; the machine stalled for up to ${Math.round(stallMs)} ms`,
    );
    expect(Math.max(...waited)).toBeLessThan(200 + stallMs);
    const [row] = await world.db.sql`select count(*)::int as completed from tasks where status = 'COMPLETED'`;
    expect(row!.completed).toBe(waiting + urgent);
  }, 180_000);
});
