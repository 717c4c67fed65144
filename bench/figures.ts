import { appendFileSync, readFileSync } from 'node:fs';

/** A line in the table of `bun run bench`. Ratios have the unit ×. */
export interface Figure {
  readonly name: string;
  readonly value: number;
  readonly unit: string;
}

/** Variable that names the file in which `bun run bench` collects results. */
export const FIGURES_FILE = 'MILLRACE_BENCH_FIGURES';

export function reportFigures(figures: readonly Figure[]): void {
  const width = Math.max(...figures.map(({ name }) => name.length));
  for (const { name, value, unit } of figures) {
    console.log(`${name.padEnd(width)} ${formatValue(value).padStart(10)} ${unit}`);
  }
  const file = process.env[FIGURES_FILE];
  if (file) appendFileSync(file, figures.map((figure) => `${JSON.stringify(figure)}\n`).join(''));
}

export function readFigures(file: string): Figure[] {
  const lines = readFileSync(file, 'utf8').split('\n').filter(Boolean);
  return lines.map((line) => JSON.parse(line) as Figure);
}

/** Such measurements are not precise beyond three digits. */
export function formatValue(value: number): string {
  if (!Number.isFinite(value)) return '–';
  const digits = value === 0 ? 0 : Math.max(0, 2 - Math.floor(Math.log10(Math.abs(value))));
  return value.toLocaleString('en', { minimumFractionDigits: digits, maximumFractionDigits: digits });
}

export function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  return (sorted[(sorted.length - 1) >> 1]! + sorted[sorted.length >> 1]!) / 2;
}
