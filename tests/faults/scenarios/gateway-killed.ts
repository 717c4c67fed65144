import { eventually } from '../../waiting.ts';
import { SUBMISSION_GATE } from '../audit.ts';
import { activityOf, holdTransaction } from '../holds.ts';
import type { Run, Scenario } from '../scenario.ts';
import { moments } from '../schedule.ts';

const GATEWAY = 'millrace-gateway';

export const gatewayKilled: Scenario = {
  name: 'gateway-killed',
  title: 'kill -9 of the gateway between commit and answer',
  schedule: (random, durationMs) =>
    moments(random, durationMs, 1_500, 4_000).map((atMs, i) => ({
      atMs,
      fault: i === 0 || random.chance(0.6) ? 'kill-between-commit-and-answer' : 'kill-at-any-moment',
    })),
  async perform({ fault }, run) {
    const { gateway } = run.world.stack;
    await gateway.ready();
    if (fault === 'kill-between-commit-and-answer') await commitWithoutAnswer(run);
    run.hit(fault);
    gateway.kill('SIGKILL');
    await gateway.ready();
  },
  async verify({ world, load, notes }) {
    const rows = await world.db.sql<{ id: string }[]>`select id from tasks`;
    const unseen = rows.filter(({ id }) => !load.accepted.has(id)).length;
    const committed = notes.get('committed while the gateway could not answer') ?? 0;
    return unseen >= committed && committed > 0
      ? []
      : [`${committed} tasks were committed unanswered, but only ${unseen} are found`];
  },
};

/**
 * Blocks submissions in Postgres, freezes the gateway while it waits for them, lets them commit, and leaves the gateway frozen:
 * Postgres has told it, and it has told nobody.
 */
async function commitWithoutAnswer(run: Run): Promise<void> {
  const { world } = run;
  const { db, stack } = world;
  const count = async () => Number((await db.sql`select count(*) as count from tasks`)[0]!.count);
  const gate = await holdTransaction(
    world,
    (transaction) => transaction`select pg_advisory_xact_lock(${SUBMISSION_GATE})`,
  );
  try {
    const waiting = async () =>
      run.load.isOver ||
      (await activityOf(world, GATEWAY)).some(({ wait_event }) => wait_event === 'advisory');
    await eventually('a submission waits for its commit', waiting, { timeoutMs: 20_000, intervalMs: 5 });
    // Delayed by other faults, this one may come when nothing is left to submit.
    if (run.load.isOver) return;
    stack.gateway.kill('SIGSTOP');
    const before = await count();
    await gate.release();
    const idle = async () => (await activityOf(world, GATEWAY)).every(({ state }) => state !== 'active');
    await eventually('the submission is committed', idle, { intervalMs: 5 });
    run.note('committed while the gateway could not answer', (await count()) - before);
  } finally {
    await gate.release();
  }
}
