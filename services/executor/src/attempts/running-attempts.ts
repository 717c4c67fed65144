import type { Attempt, ClaimedTask } from '@millrace/db';

/** Why an attempt was told to stop before its end. */
export type AbortCause = 'lost' | 'cancelled' | 'stopping' | 'timed_out';

export interface RunningAttempt {
  readonly task: ClaimedTask;
  readonly controller: AbortController;
  /** When its claim was sent, by `performance.now()`: its lease began no earlier. */
  readonly claimedAt: number;
  /** What `RunningAttempts` knows it by. */
  readonly key: string;
}

/** What this executor runs at the moment: counted against its slots, renewed by its heartbeat. */
export class RunningAttempts {
  readonly #attempts = new Map<string, RunningAttempt>();
  #onEmpty: (() => void)[] = [];

  get count(): number {
    return this.#attempts.size;
  }

  /** Whether a task on its last chance runs here: one at a time may. */
  get hasLastChance(): boolean {
    return this.list().some(({ task }) => task.last_chance);
  }

  list(): RunningAttempt[] {
    return [...this.#attempts.values()];
  }

  add(task: ClaimedTask, claimedAt: number): RunningAttempt {
    const key = keyOf(attemptOf(task));
    const attempt = { task, controller: new AbortController(), claimedAt, key };
    this.#attempts.set(key, attempt);
    return attempt;
  }

  remove({ key }: RunningAttempt): void {
    this.#attempts.delete(key);
    if (this.#attempts.size > 0) return;
    for (const resolve of this.#onEmpty.splice(0)) resolve();
  }

  has(attempt: Attempt): boolean {
    return this.#attempts.has(keyOf(attempt));
  }

  /** Nothing happens if that very attempt does not run here; a later one of the same task goes on. */
  abort(attempt: Attempt, cause: AbortCause): void {
    this.#attempts.get(keyOf(attempt))?.controller.abort(cause);
  }

  abortAll(cause: AbortCause): void {
    for (const { controller } of this.#attempts.values()) controller.abort(cause);
  }

  /** Resolves when nothing runs any more. */
  async whenEmpty(): Promise<void> {
    if (this.#attempts.size === 0) return;
    await new Promise<void>((resolve) => this.#onEmpty.push(resolve));
  }
}

export function attemptOf({ id, attempts }: ClaimedTask): Attempt {
  return { task_id: id, attempt: attempts };
}

function keyOf({ task_id, attempt }: Attempt): string {
  return `${task_id}/${attempt}`;
}
