import type { Transition } from './audit.ts';
import type { BrokerKind } from './brokers.ts';
import { measureRecovery, type Recovery } from './recovery.ts';
import type { Run, Scenario } from './scenario.ts';
import { describeStep, type Step } from './schedule.ts';
import type { Verdict } from './verdict.ts';

/** One scenario on one broker with one seed. */
export interface FaultReport {
  readonly scenario: string;
  readonly broker: BrokerKind;
  readonly seed: number;
  readonly tasks: number;
  readonly schedule: readonly Step[];
  readonly verdict: Verdict;
  readonly attempts: { readonly mean: number; readonly max: number };
  readonly recovery: Recovery;
  readonly refused: number;
  readonly broken: number;
  readonly notes: Readonly<Record<string, number>>;
  /** In sentences; empty if all is well. */
  readonly problems: string[];
}

const EXAMPLES_MAX = 5;

export function reportOf(facts: {
  scenario: Scenario;
  broker: BrokerKind;
  seed: number;
  tasks: number;
  schedule: readonly Step[];
  run: Run;
  audit: readonly Transition[];
  verdict: Verdict;
}): FaultReport {
  const { scenario, broker, seed, tasks, schedule, run, audit, verdict } = facts;
  const counts = Object.entries(verdict.attempts).map(
    ([attempts, count]) => [Number(attempts), count] as const,
  );
  const total = counts.reduce((sum, [, count]) => sum + count, 0);
  const problems = (['lost', 'double', 'foreign', 'wrong', 'unexpected'] as const).flatMap((kind) => {
    const found = verdict[kind];
    if (found.length === 0) return [];
    return [`${found.length} ${kind}: ${found.slice(0, EXAMPLES_MAX).join('; ')}`];
  });
  return {
    scenario: scenario.name,
    broker,
    seed,
    tasks,
    schedule,
    verdict,
    attempts: {
      mean: counts.reduce((sum, [attempts, count]) => sum + attempts * count, 0) / total,
      max: Math.max(0, ...counts.map(([attempts]) => attempts)),
    },
    recovery: measureRecovery(audit, run.faults),
    refused: run.load.refused,
    broken: run.load.broken,
    notes: Object.fromEntries(run.notes),
    problems,
  };
}

const COLUMNS: [heading: string, width: number, value: (report: FaultReport) => string | number][] = [
  ['scenario', -22, ({ scenario }) => scenario],
  ['broker', -8, ({ broker }) => broker],
  ['seed', 10, ({ seed }) => seed],
  ['tasks', 6, ({ tasks }) => tasks],
  ['lost', 5, ({ verdict }) => verdict.lost.length],
  ['double', 6, ({ verdict }) => verdict.double.length],
  ['wrong', 5, ({ verdict }) => verdict.wrong.length + verdict.foreign.length],
  ['attempts mean', 13, ({ attempts }) => attempts.mean.toFixed(3)],
  ['max', 4, ({ attempts }) => attempts.max],
  ['recovery ms', 11, ({ recovery }) => Math.max(recovery.first_outcome_ms, recovery.takeover_ms)],
  ['longest gap ms', 14, ({ recovery }) => recovery.longest_gap_ms],
];

export function tableHeading(): string {
  return COLUMNS.map(([heading, width]) => pad(heading, width)).join('  ');
}

export function tableLine(report: FaultReport): string {
  return COLUMNS.map(([, width, value]) => pad(String(value(report)), width)).join('  ');
}

/** What failed, on which schedule, and how to reproduce it. */
export function explain(report: FaultReport, logFile: string): string {
  const { scenario, broker, seed, tasks, schedule, problems } = report;
  return [
    `${scenario} on the ${broker} broker with seed ${seed}:`,
    ...problems.map((problem) => `  - ${problem}`),
    'The schedule was',
    ...schedule.map((step) => `  ${describeStep(step)}`),
    `Log of the services: ${logFile}. To replay:`,
    `  MILLRACE_FAULTS_SEED=${seed} bun run test:faults --scenario ${scenario} --broker ${broker} --tasks ${tasks} --seeds 1`,
  ].join('\n');
}

function pad(text: string, width: number): string {
  return width < 0 ? text.padEnd(-width) : text.padStart(width);
}
