import { mkdir, mkdtemp, rmdir } from 'node:fs/promises';
import { join } from 'node:path';
import type { Logger } from '@millrace/contracts';

/** Warns at the start, before a task that writes files fails. No more than that, because most tasks write none. */
export async function checkWorkspaces(root: string, logger: Logger): Promise<void> {
  try {
    await mkdir(root, { recursive: true, mode: 0o700 });
    await rmdir(await mkdtemp(join(root, '.millrace-check-')));
  } catch (error) {
    logger.warn(
      { err: error, folder: root },
      'WORKSPACE_DIR is not writable: tasks that write files will fail',
    );
  }
}
