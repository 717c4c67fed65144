import { expect, test } from 'bun:test';
import { alerts } from './queries.ts';

const SCRAPE_S = 15;

/** The rule's own numbers; what Prometheus computes from them is replicated here, for a counter scraped every 15 s. */
async function rule() {
  const { expr, for: lasts = '0m' } = (await alerts()).find(({ alert }) => alert === 'DatabaseErrors')!;
  const [, verb, window, threshold] = /(rate|increase)\(\w+\[(\d+)m\]\)\) > ([\d.]+)$/.exec(expr)!;
  const windowS = Number(window) * 60;
  const perUnit = verb === 'rate' ? windowS : 1;
  return { windowS, threshold: Number(threshold) * perUnit, lastsS: Number.parseInt(lasts, 10) * 60 };
}

/** Whether it fires within half an hour in which statements failed at these seconds. */
async function fires(failedAt: readonly number[]): Promise<boolean> {
  const { windowS, threshold, lastsS } = await rule();
  const failedUntil = (second: number) => failedAt.filter((at) => at <= second).length;
  let pendingFor = 0;
  for (let now = windowS; now <= 1800 && pendingFor <= lastsS; now += SCRAPE_S) {
    const increase = failedUntil(now) - failedUntil(now - windowS + SCRAPE_S);
    pendingFor = increase > threshold ? pendingFor + SCRAPE_S : 0;
  }
  return pendingFor > lastsS;
}

test('DatabaseErrors fires on a full disk even if only one task in four minutes is submitted', async () => {
  expect(await fires(Array.from({ length: 8 }, (_, index) => index * 240))).toBe(true);
});

test('DatabaseErrors does not fire on a restart of Postgres', async () => {
  expect(await fires(Array.from({ length: 200 }, (_, index) => 600 + index / 100))).toBe(false);
});
