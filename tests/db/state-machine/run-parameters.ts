import type { CommandsContraints, Parameters } from 'fast-check';

const { MILLRACE_MODEL_PATH, MILLRACE_MODEL_COMMANDS } = process.env;

/** After this time a busy machine starts no more runs, and stops shrinking a failure. */
const TIME_LIMIT_MS = 45_000;

function integerFrom(name: 'MILLRACE_MODEL_RUNS' | 'MILLRACE_MODEL_SEED'): number | undefined {
  const text = process.env[name];
  if (!text) return undefined;
  if (!/^-?\d+$/.test(text)) throw new Error(`${name} is "${text}": give it a whole number`);
  return Number(text);
}

const runs = integerFrom('MILLRACE_MODEL_RUNS');
const seed = integerFrom('MILLRACE_MODEL_SEED');

/** How many runs, and which: see README.md. */
export function runParameters<Values>(runsByDefault: number): Parameters<Values> {
  return {
    numRuns: runs ?? runsByDefault,
    ...(runs === undefined && { interruptAfterTimeLimit: TIME_LIMIT_MS }),
    ...(seed !== undefined && { seed }),
    ...(MILLRACE_MODEL_PATH && { path: MILLRACE_MODEL_PATH, endOnFailure: true }),
  };
}

/** Which commands of the run at this path were executed: a failure names them. */
export function replayPath(): Pick<CommandsContraints, 'replayPath'> {
  return MILLRACE_MODEL_COMMANDS ? { replayPath: MILLRACE_MODEL_COMMANDS } : {};
}

/** As much time as the requested runs may need. */
export function testTimeoutMs(byDefault: number): number {
  return runs === undefined ? byDefault : 24 * 3_600_000;
}

/** Whether a single failed run is being replayed. */
export function isReplay(): boolean {
  return MILLRACE_MODEL_PATH !== undefined;
}
