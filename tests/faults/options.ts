import { parseArgs } from 'node:util';
import type { BrokerKind } from './brokers.ts';
import type { Scenario } from './scenario.ts';
import { scenarios } from './scenarios/index.ts';
import { chooseSeed } from './schedule.ts';

export const usage = `bun run test:faults: the long form of the fault suite.

  --tasks N          tasks in each scenario (default 5000)
  --seeds N          how many seeds each scenario runs with (default 3)
  --broker KIND      embedded (default) or apache; apache needs Java 17 and Maven
  --scenario NAME    only this one; may be repeated. One of:
                     ${scenarios.map(({ name }) => name).join('\n                     ')}
  --rate N           tasks submitted per second when nothing delays them (default 200)
  --json FILE        also writes every report to this file
  --help             prints this text

MILLRACE_FAULTS_SEED=N replays the schedule of an earlier run; further seeds follow it.`;

export interface FaultOptions {
  readonly tasks: number;
  readonly seeds: readonly number[];
  readonly broker: BrokerKind;
  readonly scenarios: readonly Scenario[];
  readonly rate: number;
  readonly json: string | undefined;
}

/** `null` if help was requested. Throws an Error that names the invalid option. */
export function parseFaultOptions(args: readonly string[]): FaultOptions | null {
  const { values } = parseArgs({
    args: [...args],
    options: {
      tasks: { type: 'string', default: '5000' },
      seeds: { type: 'string', default: '3' },
      broker: { type: 'string', default: 'embedded' },
      scenario: { type: 'string', multiple: true, default: [] },
      rate: { type: 'string', default: '200' },
      json: { type: 'string' },
      help: { type: 'boolean', short: 'h', default: false },
    },
  });
  if (values.help) return null;
  const { broker } = values;
  if (broker !== 'embedded' && broker !== 'apache') {
    throw new Error(`--broker ${broker}: must be embedded or apache`);
  }
  const chosen = values.scenario.map((name) => {
    const found = scenarios.find((scenario) => scenario.name === name);
    if (!found) throw new Error(`--scenario ${name}: unknown; --help lists the scenarios`);
    return found;
  });
  const first = chooseSeed();
  return {
    tasks: wholeNumber('--tasks', values.tasks, 100_000),
    seeds: Array.from({ length: wholeNumber('--seeds', values.seeds, 100) }, (_, i) => (first + i) >>> 0),
    broker,
    scenarios: chosen.length > 0 ? chosen : scenarios,
    rate: wholeNumber('--rate', values.rate, 10_000),
    json: values.json,
  };
}

function wholeNumber(option: string, text: string, max: number): number {
  if (!/^\d{1,6}$/.test(text) || Number(text) < 1 || Number(text) > max) {
    throw new Error(`${option} ${text}: must be a whole number from 1 to ${max}`);
  }
  return Number(text);
}
