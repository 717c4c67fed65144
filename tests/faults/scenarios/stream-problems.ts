import type { Run } from '../scenario.ts';
import { untilStreamWorks } from '../stream-health.ts';

/** The stream recovers by itself, and every message sent is read. */
export async function streamProblems(run: Run): Promise<string[]> {
  const { broker, executors } = run.world;
  const began = performance.now();
  try {
    await untilStreamWorks(broker.process.brokers, executors.length);
    run.note('ms from the last outcome until the stream works', Math.round(performance.now() - began));
    return [];
  } catch (error) {
    const { message, cause } = error as Error;
    return [`the stream has not recovered: ${message} (${(cause as Error | undefined)?.message})`];
  }
}
