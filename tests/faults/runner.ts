import { eventually, within } from '../waiting.ts';
import { readAudit } from './audit.ts';
import { Clock } from './clock.ts';
import { slowRecovery } from './recovery.ts';
import { type FaultReport, reportOf } from './report.ts';
import { Run, type Scenario } from './scenario.ts';
import { randomFor, type Step } from './schedule.ts';
import { judge } from './verdict.ts';
import { Load } from './workload.ts';
import { LEASE_MS, type World } from './world.ts';

export interface RunOptions {
  readonly seed: number;
  readonly tasks: number;
  /** How long the load takes if nothing delays it; the faults lie within it. */
  readonly durationMs: number;
}

/** Longer than any recovery: whatever has not ended by then is lost. */
const END_TIMEOUT_MS = 120_000;
/** For waits with their own deadlines, which should report first. */
const GRACE_MS = 30_000;

/** Never rejects because of what the faults revealed: that is in the report's `problems`. */
export async function runScenario(
  world: World,
  scenario: Scenario,
  { seed, tasks, durationMs }: RunOptions,
): Promise<FaultReport> {
  await world.reset();
  const random = randomFor(scenario.name, seed);
  const schedule = scenario.schedule(random, durationMs);
  const load = new Load(world.stack.gatewayUrl, tasks);
  const run = new Run(world, load, random);
  const problems: string[] = [];
  const attempt = async (what: string, work: () => Promise<unknown>) => {
    try {
      await within(what, durationMs + END_TIMEOUT_MS + GRACE_MS, work());
    } catch (error) {
      const { message, cause } = error as Error;
      problems.push(`${what}: ${message}${cause ? ` (${(cause as Error).message})` : ''}`);
    }
  };
  try {
    await Promise.all([
      load.run(durationMs, durationMs + END_TIMEOUT_MS),
      attempt('the schedule', () => play(scenario, schedule, run)),
    ]);
    await attempt('everything comes back', () => world.serving());
    await attempt('every task ends', () => untilEnded(world, tasks));
  } finally {
    await attempt('clearing up', () => run.undo());
  }
  const audit = await readAudit(world.db);
  const verdict = await judge({ db: world.db, gatewayUrl: world.stack.gatewayUrl }, load, audit);
  await attempt('the scenario', async () => {
    problems.push(...((await scenario.verify?.(run, audit)) ?? []));
  });
  const report = reportOf({ scenario, broker: world.brokerKind, seed, tasks, schedule, run, audit, verdict });
  report.problems.push(...problems, ...diedByThemselves(world), ...slowRecovery(report.recovery, LEASE_MS));
  return report;
}

async function play(scenario: Scenario, schedule: readonly Step[], run: Run): Promise<void> {
  const clock = new Clock();
  for (const step of schedule) {
    await clock.until(step.atMs);
    await scenario.perform(step, run);
  }
}

async function untilEnded({ db }: World, tasks: number): Promise<void> {
  await eventually(
    `all of at least ${tasks} tasks have ended`,
    async () => {
      const [row] = await db.sql<{ all: number; ended: number }[]>`
        select count(*)::int as all, count(finished_at)::int as ended from tasks`;
      if (row!.all < tasks || row!.ended < row!.all) throw new Error(`${row!.ended} of ${row!.all} have`);
      return true;
    },
    { timeoutMs: END_TIMEOUT_MS, intervalMs: 50 },
  );
}

/** A fault kills by signal; a process that exits by itself should have recovered without. */
function diedByThemselves(world: World): string[] {
  return world
    .logged(' exited ')
    .flatMap((line) => /millrace ((?:gateway|executor-\d+) exited [^;]*)/.exec(line)?.[1] ?? []);
}
