import { parseArgs } from 'node:util';

export interface CountOption {
  readonly default: number;
  readonly max: number;
}

/** Whole numbers of the command line, each from 1 to its largest, such as `--tasks 5000`. Says what is wrong, and ends with 2. */
export function readCounts<Name extends string>(options: Record<Name, CountOption>): Record<Name, number> {
  const names = Object.keys(options) as Name[];
  try {
    const { values } = parseArgs({
      options: Object.fromEntries(names.map((name) => [name, { type: 'string' as const }])),
    });
    const read = (name: Name) => {
      const { default: fallback, max } = options[name];
      const count = Number(values[name] ?? fallback);
      if (Number.isInteger(count) && count >= 1 && count <= max) return count;
      throw new Error(`--${name}: must be a whole number from 1 to ${max}`);
    };
    return Object.fromEntries(names.map((name) => [name, read(name)])) as Record<Name, number>;
  } catch (error) {
    const usage = names.map((name) => `[--${name} ${options[name].default}]`).join(' ');
    console.error(`${(error as Error).message}\noptions: ${usage}`);
    process.exit(2);
  }
}
