import { lstat, readdir, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { isWorkspaceName } from '@millrace/tools';

/** A half-removed folder looks new again: the rename tells the next round. No tool's path can lead to it. */
const CONDEMNED = '.millrace-deleted-';
/** Names examined before yielding to the event loop. */
const YIELD_EVERY = 1_000;

interface OldWorkspace {
  readonly name: string;
  /** Renamed by a round that did not finish. */
  readonly isCondemned: boolean;
}

/** Task folders created and last modified before this time, and condemned ones. No links, no files. */
export async function* oldWorkspaces(root: string, beforeMs: number): AsyncGenerator<OldWorkspace> {
  // Not opendir: Bun's reads the whole folder too, into objects three times the size of the names.
  const names = await readdir(root).catch(ignoreMissing);
  if (!names) return;
  for (const [index, name] of names.entries()) {
    if (index % YIELD_EVERY === YIELD_EVERY - 1) await Bun.sleep(0);
    const isCondemned = name.startsWith(CONDEMNED) && isWorkspaceName(name.slice(CONDEMNED.length));
    // The name settles most of them; otherwise every round would stat up to a million folders.
    if (!isCondemned && !(isWorkspaceName(name) && timeOf(name) < beforeMs)) continue;
    const stats = await lstat(join(root, name)).catch(ignoreMissing);
    if (stats?.isDirectory() && (isCondemned || stats.mtimeMs < beforeMs)) yield { name, isCondemned };
  }
}

/** @returns the new name, to be removed; undefined if someone else was first */
export async function condemn(root: string, name: string): Promise<string | undefined> {
  const condemned = CONDEMNED + name;
  return rename(join(root, name), join(root, condemned)).then(() => condemned, ignoreMissing);
}

/** Removes links in it without following them. Others may be removing it too. */
export async function removeCondemned(root: string, condemned: string): Promise<void> {
  await rm(join(root, condemned), { recursive: true, force: true });
}

/** When a UUIDv7 was created; 0 for other ids. */
function timeOf(id: string): number {
  return id[14] === '7' ? Number.parseInt(id.slice(0, 8) + id.slice(9, 13), 16) : 0;
}

function ignoreMissing(error: NodeJS.ErrnoException): undefined {
  if (error.code !== 'ENOENT') throw error;
}
