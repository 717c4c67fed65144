/**
 * `bun run bench [name…]`: runs short forms of the named benchmarks in this folder, or of all, one after another, and
 * prints one table of results. Ratios can be compared between runs; absolute figures only on the same, quiet machine.
 * Run by itself, each script takes longer and has options (see its first lines). Exits with 1 if one of them failed.
 */
import { mkdtemp, rm } from 'node:fs/promises';
import { cpus, loadavg, tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { FIGURES_FILE, type Figure, formatValue, readFigures } from './figures.ts';

const QUICK: Readonly<Record<string, string>> = {
  pipeline: '--tasks 5000 --warm-up 2000',
  latency: '--tasks 200 --load-tasks 5000 --seconds 5',
  gateway: '--requests 5000 --rounds 3',
  verbs: '--rows 5000 --rounds 1',
  stream: '--count 20000 --singles 100',
  'sse-fan-out': '--streams 200 --speaking 50 --seconds 3',
  'first-token': '--streams 20 --seconds 5',
  mcp: '--calls 1000 --seconds 3',
  'broker-memory': '--megabytes 200',
  memory: '--minutes 1',
  idle: '--seconds 10',
};
const DEADLINE_MS = 180_000;

const USAGE = `bun run bench [name…]: runs short forms of the named benchmarks, or of all, and prints one table.

Names: ${Object.keys(QUICK).join(', ')}.
Run by itself, bun bench/<name>.ts takes longer and has options.`;

const names = readNames();

let running: Bun.Subprocess | undefined;
for (const signal of ['SIGINT', 'SIGTERM'] as const) {
  process.on(signal, () => {
    running?.kill(signal);
    process.exitCode = 130;
  });
}

function readNames(): string[] {
  try {
    const options = { help: { type: 'boolean', short: 'h' } } as const;
    const { values, positionals } = parseArgs({ allowPositionals: true, options });
    if (values.help) {
      console.log(USAGE);
      process.exit(0);
    }
    const unknown = positionals.find((name) => !Object.hasOwn(QUICK, name));
    if (unknown !== undefined) throw new Error(`${unknown}: no such benchmark`);
    return positionals;
  } catch (error) {
    console.error(`${(error as Error).message.split('. ')[0]}\n\n${USAGE}`);
    process.exit(2);
  }
}

interface Outcome {
  readonly name: string;
  readonly figures: readonly Figure[];
  readonly failed: boolean;
}

const outcomes: Outcome[] = [];
for (const name of names.length > 0 ? names : Object.keys(QUICK)) {
  if (process.exitCode === 130) break;
  outcomes.push(await run(name));
}
printTable(outcomes);
process.exitCode ??= outcomes.some(({ failed }) => failed) ? 1 : 0;

async function run(name: string): Promise<Outcome> {
  const folder = await mkdtemp(join(tmpdir(), 'millrace-figures-'));
  const file = join(folder, 'figures.jsonl');
  await Bun.write(file, '');
  const command = ['bun', `bench/${name}.ts`, ...QUICK[name]!.split(' ')];
  console.log(`\n$ ${command.join(' ')}`);
  running = Bun.spawn([process.execPath, join(import.meta.dir, `${name}.ts`), ...command.slice(2)], {
    env: { ...process.env, [FIGURES_FILE]: file },
    stdio: ['ignore', 'inherit', 'inherit'],
    timeout: DEADLINE_MS,
    killSignal: 'SIGTERM',
  });
  const exitCode = await running.exited;
  const figures = readFigures(file);
  await rm(folder, { recursive: true });
  return { name, figures, failed: exitCode !== 0 };
}

function printTable(outcomes: readonly Outcome[]): void {
  const rows = outcomes.flatMap(({ name, figures, failed }) => [
    ...figures.map((figure) => [name, figure.name, formatValue(figure.value), figure.unit]),
    ...(failed ? [[name, 'FAILED: see above', '', '']] : []),
  ]);
  const width = (column: number) => Math.max(...rows.map((row) => row[column]!.length), 1);
  const [nameWidth, figureWidth, valueWidth] = [width(0), width(1), width(2)];
  console.log(
    `\n${cpus().length} × ${cpus()[0]?.model ?? 'unknown CPU'}, Bun ${Bun.version}, load ${loadavg()[0]?.toFixed(1)}`,
  );
  for (const [name, figure, value, unit] of rows) {
    console.log(
      `${name!.padEnd(nameWidth)}  ${figure!.padEnd(figureWidth)}  ${value!.padStart(valueWidth)} ${unit}`,
    );
  }
}
