import { createRandom, type Random } from '../gateway/random.ts';

export type { Random };

/** One fault: when it comes, counted from the start of the load, and what it hits. Plain data, so that it can be printed. */
export interface Step {
  readonly atMs: number;
  readonly fault: string;
  /** Index of an executor. */
  readonly executor?: number;
  /** How long the fault lasts. */
  readonly forMs?: number;
  readonly count?: number;
}

/** `MILLRACE_FAULTS_SEED` replays the schedule of an earlier run; otherwise each run has a new one. */
export function chooseSeed(environment: Record<string, string | undefined> = process.env): number {
  const given = environment.MILLRACE_FAULTS_SEED;
  if (given === undefined || given === '') return crypto.getRandomValues(new Uint32Array(1))[0]!;
  if (!/^\d{1,10}$/.test(given))
    throw new Error(`MILLRACE_FAULTS_SEED must be a whole number, not "${given}"`);
  return Number(given);
}

/** The same for the same scenario and seed; different for another scenario. */
export function randomFor(scenario: string, seed: number): Random {
  return createRandom(seed ^ Bun.hash.crc32(scenario));
}

/** Moments between 10 and 90 % of the load, with random gaps; the first before 40 %. */
export function moments(random: Random, durationMs: number, gapMsMin: number, gapMsMax: number): number[] {
  const found: number[] = [];
  const gap = () => gapMsMin + random.below(gapMsMax - gapMsMin + 1);
  let at = Math.round(durationMs * 0.1) + random.below(Math.min(gapMsMin, Math.round(durationMs * 0.3)));
  for (; at < durationMs * 0.9; at += gap()) found.push(at);
  return found;
}

export function describeStep({ atMs, fault, ...details }: Step): string {
  const words = Object.entries(details).map(([name, value]) => ` ${name}=${value}`);
  return `${(atMs / 1000).toFixed(1).padStart(6)} s  ${fault}${words.join('')}`;
}
