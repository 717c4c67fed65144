import type { Logger } from '@millrace/contracts';
import { type Database, findMissing } from '@millrace/db';
import { Rounds } from './rounds.ts';
import { condemn, oldWorkspaces, removeCondemned } from './workspace-folders.ts';

/** Infrequent: a round reads the names of all folders, and they take days to expire. */
const ROUND_MS = 3_600_000;
const BATCH = 500;
/** Between batches, so that a large clean-up never crowds out real work. */
const PAUSE_MS = 100;
const DAY_MS = 86_400_000;

export interface WorkspaceRetentionOptions {
  readonly db: Database;
  readonly root: string;
  /** 0 keeps everything. */
  readonly days: number;
  readonly logger: Logger;
  readonly roundMs?: number;
}

/**
 * Removes the folders of tasks that are gone from the database, if older than the retention period: fresh work stays, even if the wrong
 * database is configured. A round that is stopped ends after its current folder or statement.
 */
export function workspaceRetention(options: WorkspaceRetentionOptions): Rounds {
  const { days, logger, roundMs = ROUND_MS } = options;
  return new Rounds(roundMs, async (signal) => {
    if (days === 0) return;
    const round = new Round(options, signal);
    await round.run();
    const { removed, failures, error } = round;
    if (removed > 0)
      logger.info({ folders: removed, older_than_days: days }, 'removed workspaces of deleted tasks');
    if (failures > 0 && !signal.aborted)
      logger.warn({ err: error, failures }, 'could not remove workspaces of deleted tasks; retrying later');
  });
}

/** One pass over the folders, and its result. */
class Round {
  readonly #options: WorkspaceRetentionOptions;
  readonly #signal: AbortSignal;
  removed = 0;
  failures = 0;
  /** Of the first failure. */
  error: unknown;

  constructor(options: WorkspaceRetentionOptions, signal: AbortSignal) {
    this.#options = options;
    this.#signal = signal;
  }

  async run(): Promise<void> {
    await this.#counted(async () => {
      const { root, days } = this.#options;
      let batch: string[] = [];
      for await (const { name, isCondemned } of oldWorkspaces(root, Date.now() - days * DAY_MS)) {
        if (this.#signal.aborted) return;
        if (isCondemned) await this.#remove(name);
        else if (batch.push(name) === BATCH) {
          await this.#removeGone(batch);
          batch = [];
          await Bun.sleep(PAUSE_MS);
        }
      }
      await this.#removeGone(batch);
    });
  }

  async #removeGone(names: readonly string[]): Promise<void> {
    const { db, root } = this.#options;
    if (names.length === 0) return;
    for (const name of await findMissing(db, names)) {
      if (this.#signal.aborted) return;
      await this.#counted(async () => {
        const condemned = await condemn(root, name);
        if (condemned) await this.#remove(condemned);
      });
    }
  }

  async #remove(condemned: string): Promise<void> {
    await this.#counted(async () => {
      await removeCondemned(this.#options.root, condemned);
      this.removed++;
    });
  }

  /** A folder that cannot be removed does not stop the others. */
  async #counted(work: () => Promise<void>): Promise<void> {
    try {
      await work();
    } catch (error) {
      this.failures++;
      this.error ??= error;
    }
  }
}
