import type { Attempt, ClaimedTask } from '@millrace/db';

/** Why an attempt was aborted. */
export type AbortCause = 'lost' | 'cancelled' | 'stopping' | 'timed_out';

export interface RunningAttempt {
  readonly task: ClaimedTask;
  readonly controller: AbortController;
  /** When its claim was sent, by `performance.now()`: its lease began no earlier. */
  readonly claimedAt: number;
  readonly key: string;
}

/** What this executor is running: counted against its slots, renewed by its heartbeat. */
export class RunningAttempts {
  readonly #attempts = new Map<string, RunningAttempt>();
  #onEmpty = () => {};

  get count(): number {
    return this.#attempts.size;
  }

  /** Whether a task on its last chance runs here: only one at a time may. */
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
    if (this.#attempts.size === 0) this.#onEmpty();
  }

  has(attempt: Attempt): boolean {
    return this.#attempts.has(keyOf(attempt));
  }

  /** Does nothing unless this very attempt runs here; a later attempt of the same task is unaffected. */
  abort(attempt: Attempt, cause: AbortCause): void {
    this.#attempts.get(keyOf(attempt))?.controller.abort(cause);
  }

  abortAll(cause: AbortCause): void {
    for (const { controller } of this.#attempts.values()) controller.abort(cause);
  }

  /** Resolves when nothing is running; for one caller. */
  async whenEmpty(): Promise<void> {
    if (this.#attempts.size === 0) return;
    await new Promise<void>((resolve) => {
      this.#onEmpty = resolve;
    });
  }
}

export function attemptOf({ id, attempts }: ClaimedTask): Attempt {
  return { task_id: id, attempt: attempts };
}

function keyOf({ task_id, attempt }: Attempt): string {
  return `${task_id}/${attempt}`;
}
