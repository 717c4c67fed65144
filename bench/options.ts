import { parseArgs } from 'node:util';

export interface CountOption {
  readonly default: number;
  readonly max: number;
}

/** The result of `read`. If it throws, prints the error and the options, and exits with 2. */
export function orUsage<Result>(usage: string, read: () => Result): Result {
  try {
    return read();
  } catch (error) {
    console.error(`${(error as Error).message}\noptions: ${usage}`);
    process.exit(2);
  }
}

/** @throws if the option is not a whole number from 1 to `max` */
export function count(name: string, text: string, max: number): number {
  const number = Number(text);
  if (Number.isInteger(number) && number >= 1 && number <= max) return number;
  throw new Error(`--${name}: must be a whole number from 1 to ${max}, not ${JSON.stringify(text)}`);
}

/** Reads options such as `--tasks 5000`, each a whole number from 1 to its maximum. */
export function readCounts<Name extends string>(options: Record<Name, CountOption>): Record<Name, number> {
  const names = Object.keys(options) as Name[];
  const usage = names.map((name) => `[--${name} ${options[name].default}]`).join(' ');
  return orUsage(usage, () => {
    const { values } = parseArgs({
      options: Object.fromEntries(names.map((name) => [name, { type: 'string' as const }])),
    });
    const read = (name: Name) =>
      count(name, values[name] ?? String(options[name].default), options[name].max);
    return Object.fromEntries(names.map((name) => [name, read(name)])) as Record<Name, number>;
  });
}
