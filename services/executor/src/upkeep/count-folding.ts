import { type Database, foldFinishedCounts } from '@millrace/db';
import type { OutageLog } from '../outages/outage-log.ts';

/** What adds a row for every batch of outcomes stays a few thousand rows long. */
const PERIOD_MS = 10_000;

/** Adds up the counts of finished tasks, now and then while this executor adds to them. */
export class CountFolding {
  readonly #options: { db: Database; outage: OutageLog };
  #timer: Timer | undefined;

  constructor(options: { db: Database; outage: OutageLog }) {
    this.#options = options;
  }

  /** To be called when a task has ended. */
  taskEnded(): void {
    this.#timer ??= setTimeout(() => {
      this.#timer = undefined;
      const { db, outage } = this.#options;
      // What is not added up is counted all the same.
      foldFinishedCounts(db).catch((error) => outage.warn({ err: error }, 'counts not added up'));
    }, PERIOD_MS);
  }

  stop(): void {
    clearTimeout(this.#timer);
  }
}
