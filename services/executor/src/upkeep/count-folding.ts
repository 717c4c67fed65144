import { foldFinishedCounts } from '@millrace/db';
import type { ExecutorContext } from '../context.ts';

/** Every batch of outcomes adds a row: this keeps the table at a few thousand. */
const PERIOD_MS = 10_000;

/** Folds the counts of finished tasks periodically while this executor adds to them. */
export class CountFolding {
  readonly #context: Pick<ExecutorContext, 'db' | 'outage'>;
  #timer: Timer | undefined;

  constructor(context: Pick<ExecutorContext, 'db' | 'outage'>) {
    this.#context = context;
  }

  /** Call it when a task has ended. */
  taskEnded(): void {
    this.#timer ??= setTimeout(() => {
      this.#timer = undefined;
      const { db, outage } = this.#context;
      // Unfolded rows count just the same.
      foldFinishedCounts(db).catch((error) =>
        outage.warn({ err: error }, 'could not fold the counts of finished tasks'),
      );
    }, PERIOD_MS);
  }

  stop(): void {
    clearTimeout(this.#timer);
  }
}
