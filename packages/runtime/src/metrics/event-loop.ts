import type { Metrics } from './metrics.ts';

/**
 * Ten times a second would cost an idle process 0.2 % of a core. A delay is sampled with a probability
 * proportional to its length.
 */
const INTERVAL_MS = 250;
const BOUNDS = [0.001, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10];

/**
 * How late timers fire: how long the process was busy with one thing, or not scheduled. A histogram rather
 * than quantiles since the last scrape, which several scrapers would take from one another.
 */
export function observeEventLoop(metrics: Metrics): void {
  const help = 'How late a timer fired: how long the event loop was held up. Sampled four times a second.';
  const delay = metrics.histogram('millrace_event_loop_delay_seconds', help, BOUNDS, []).of();
  let last = performance.now();
  const timer = setInterval(() => {
    const now = performance.now();
    delay.observe(Math.max(0, now - last - INTERVAL_MS) / 1000);
    last = now;
  }, INTERVAL_MS);
  timer.unref();
}
