import { describe, expect, test } from 'bun:test';
import { scenarios } from './scenarios/index.ts';
import { chooseSeed, randomFor } from './schedule.ts';

const seeds = Array.from({ length: 200 }, (_, i) => i * 7_919);

describe.each(scenarios.map((scenario) => [scenario.name, scenario] as const))('%s', (name, scenario) => {
  test.each([5_000, 25_000])('has ordered faults within a load of %d ms, whatever the seed', (durationMs) => {
    for (const seed of seeds) {
      const schedule = scenario.schedule(randomFor(name, seed), durationMs);
      const times = schedule.map(({ atMs }) => atMs);
      expect(times.length).toBeGreaterThan(0);
      expect(times).toEqual(times.toSorted((a, b) => a - b));
      expect(Math.max(...times)).toBeLessThan(durationMs);
    }
  });

  test('is the same for the same seed', () => {
    const schedule = (seed: number) => JSON.stringify(scenario.schedule(randomFor(name, seed), 25_000));
    for (const seed of seeds) expect(schedule(seed)).toBe(schedule(seed));
    expect(new Set(seeds.map(schedule)).size).toBeGreaterThan(1);
  });
});

test('a seed comes from MILLRACE_FAULTS_SEED or at random', () => {
  expect(chooseSeed({ MILLRACE_FAULTS_SEED: '4711' })).toBe(4711);
  expect(() => chooseSeed({ MILLRACE_FAULTS_SEED: 'today' })).toThrow('MILLRACE_FAULTS_SEED');
  expect(chooseSeed({})).not.toBe(chooseSeed({}));
});
