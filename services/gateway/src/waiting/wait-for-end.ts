import { isFinished, type Task } from '@millrace/contracts';
import type { TaskWaiters } from './task-waiters.ts';

interface WaitForEndOptions {
  /** Who waits; null for nobody in particular. */
  readonly owner: string | null;
  readonly seconds: number;
  /** Of the request. */
  readonly signal: AbortSignal;
  readonly read: () => Promise<Task | null>;
  /** The task as it was a moment ago, if that is known: saves the first read. */
  readonly known?: Task;
}

/**
 * The task once it has ended, or as it stands when the time is up, the gateway stops or the client is gone;
 * null if there is none. Reads it again only when there is news.
 */
export async function waitForEnd(
  waiters: TaskWaiters,
  id: string,
  { owner, seconds, signal, read, known }: WaitForEndOptions,
): Promise<Task | null> {
  const deadline = performance.now() + seconds * 1000;
  let task: Task | null | undefined = known;
  for (;;) {
    // Joined before it is read: nothing that happens from here on is missed.
    const timeoutMs = Math.max(0, deadline - performance.now());
    const waiter = waiters.join(id, { owner, timeoutMs, signal });
    try {
      task ??= await read();
      const over = waiters.stopped || performance.now() >= deadline;
      if (task === null || isFinished(task.status) || over) return task;
      await waiter.over;
    } finally {
      waiter.leave();
    }
    // Nobody is left to answer.
    if (signal.aborted) return task;
    task = undefined;
  }
}
