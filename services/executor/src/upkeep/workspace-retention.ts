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
 * Removes the folders of tasks that are gone from the database, if older than the retention period: fresh
 * work stays, even if the wrong database is configured. A round that is stopped ends after its current folder
 * or statement.
 */
export function workspaceRetention(options: WorkspaceRetentionOptions): Rounds {
  const { days, logger, roundMs = ROUND_MS } = options;
  return new Rounds(roundMs, async (signal) => {
    if (days === 0) return;
    const { removed, failures, error } = await removeWorkspaces(options, signal);
    if (removed > 0)
      logger.info({ folders: removed, older_than_days: days }, 'removed workspaces of deleted tasks');
    if (failures > 0 && !signal.aborted)
      logger.warn({ err: error, failures }, 'could not remove workspaces of deleted tasks; retrying later');
  });
}

/** @returns counts, and the error of the first failure */
async function removeWorkspaces({ db, root, days }: WorkspaceRetentionOptions, signal: AbortSignal) {
  const round = { removed: 0, failures: 0, error: undefined as unknown };
  /** A folder that cannot be removed does not stop the others. */
  const counted = (work: () => Promise<void>) =>
    work().catch((error) => {
      round.failures++;
      round.error ??= error;
    });

  async function remove(condemned: string): Promise<void> {
    await removeCondemned(root, condemned);
    round.removed++;
  }

  async function removeGone(names: readonly string[]): Promise<void> {
    for (const name of names.length > 0 ? await findMissing(db, names) : []) {
      if (signal.aborted) return;
      await counted(async () => {
        const condemned = await condemn(root, name);
        if (condemned) await remove(condemned);
      });
    }
  }

  await counted(async () => {
    let batch: string[] = [];
    for await (const { name, isCondemned } of oldWorkspaces(root, Date.now() - days * DAY_MS)) {
      if (signal.aborted) return;
      if (isCondemned) await counted(() => remove(name));
      else if (batch.push(name) === BATCH) {
        await removeGone(batch);
        batch = [];
        await Bun.sleep(PAUSE_MS);
      }
    }
    await removeGone(batch);
  });
  return round;
}
