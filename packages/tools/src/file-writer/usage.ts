import { lstat, readdir, unlink } from 'node:fs/promises';
import { join } from 'node:path';
import type { Directory } from './directory.ts';
import { errorCode } from './file-error.ts';
import { isTemporaryName } from './temporary-name.ts';

export interface Usage {
  readonly fileCount: number;
  readonly totalBytes: number;
}

/** No write takes this long; a temporary file older than this was left by a process that died. */
const ABANDONED_AFTER_MS = 60 * 60 * 1_000;

/**
 * Adds up what the workspace holds, without following links. Temporary files do not count; those that a dead process
 * left behind are removed on the way.
 *
 * @param fileCountMax counting stops beyond this number of entries
 */
export async function measureUsage(workspace: Directory, fileCountMax: number): Promise<Usage> {
  let fileCount = 0;
  let totalBytes = 0;
  const folders = [workspace.anchor];
  for (const folder of folders) {
    for (const entry of await readdir(folder, { withFileTypes: true })) {
      const path = join(folder, entry.name);
      if (entry.isDirectory()) folders.push(path);
      else if (isTemporaryName(entry.name)) await removeIfAbandoned(path);
      else {
        fileCount++;
        totalBytes += (await statIfPresent(path))?.size ?? 0;
        if (fileCount > fileCountMax) return { fileCount, totalBytes };
      }
    }
  }
  return { fileCount, totalBytes };
}

async function removeIfAbandoned(path: string): Promise<void> {
  const stats = await statIfPresent(path);
  if (stats === undefined || Date.now() - stats.mtimeMs < ABANDONED_AFTER_MS) return;
  await unlink(path).catch(ignoreMissing);
}

export async function statIfPresent(path: string) {
  return await lstat(path).catch(ignoreMissing);
}

function ignoreMissing(error: unknown): undefined {
  if (errorCode(error) !== 'ENOENT') throw error;
}
