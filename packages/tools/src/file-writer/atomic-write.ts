import { constants } from 'node:fs';
import { open, rename, unlink } from 'node:fs/promises';
import { join } from 'node:path';
import type { Directory } from './directory.ts';
import { createTemporaryName } from './temporary-name.ts';

const NEW_FILE = constants.O_WRONLY | constants.O_CREAT | constants.O_EXCL | constants.O_NOFOLLOW;

/**
 * Puts `content` under `name`, whole or not at all: readers, even after a crash, find the old file or the new
 * one. What is reported as written survives a loss of power.
 *
 * @throws the signal's reason if it is aborted before the file is in place
 */
export async function writeAtomically(
  directory: Directory,
  name: string,
  content: Uint8Array,
  signal: AbortSignal,
): Promise<void> {
  const temporary = join(directory.anchor, createTemporaryName());
  const file = await open(temporary, NEW_FILE, 0o600);
  try {
    try {
      await file.writeFile(content);
      await file.sync();
    } finally {
      await file.close();
    }
    signal.throwIfAborted();
    await rename(temporary, join(directory.anchor, name));
  } catch (error) {
    // The first error is the one to report; a temporary file left behind is removed by a later write.
    await unlink(temporary).catch(() => undefined);
    throw error;
  }
  await directory.handle?.sync();
}
