import { lstat, readdir, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { isWorkspaceName } from '@millrace/tools';

/** A folder half removed looks new again; under this name the next round knows what it is. No path of a tool can lead to it. */
const CONDEMNED = '.millrace-deleted-';
/** Names looked at in one go; what else happens in the process comes between. */
const GLANCED_AT = 1_000;

export interface OldWorkspace {
  readonly name: string;
  /** Taken out of use by a round that did not end. */
  readonly isCondemned: boolean;
}

/** Folders of tasks that were made, and last got or lost an entry, before this time; and those that are condemned. No links, no files. */
export async function* oldWorkspaces(root: string, beforeMs: number): AsyncGenerator<OldWorkspace> {
  // Not opendir: Bun's reads the whole folder as well, and into objects that take three times the memory of names.
  const names = await readdir(root).catch(unlessMissing);
  if (!names) return;
  for (const [index, name] of names.entries()) {
    if (index % GLANCED_AT === GLANCED_AT - 1) await Bun.sleep(0);
    const isCondemned = name.startsWith(CONDEMNED) && isWorkspaceName(name.slice(CONDEMNED.length));
    // Most are told by their names, or a million folders would be asked for in every round.
    if (!isCondemned && !(isWorkspaceName(name) && timeOf(name) < beforeMs)) continue;
    const stats = await lstat(join(root, name)).catch(unlessMissing);
    if (stats?.isDirectory() && (isCondemned || stats.mtimeMs < beforeMs)) yield { name, isCondemned };
  }
}

/** @returns the name under which it is to be removed; undefined if somebody else took it first */
export async function condemn(root: string, name: string): Promise<string | undefined> {
  const condemned = CONDEMNED + name;
  const isGone = await rename(join(root, name), join(root, condemned)).then(() => false, becauseMissing);
  return isGone ? undefined : condemned;
}

/** Links in it are removed, never followed. Others may be removing it, too. */
export async function removeCondemned(root: string, condemned: string): Promise<void> {
  await rm(join(root, condemned), { recursive: true, force: true });
}

/** When a UUIDv7 was made; of other ids, the beginning of time. */
function timeOf(id: string): number {
  return id[14] === '7' ? Number.parseInt(id.slice(0, 8) + id.slice(9, 13), 16) : 0;
}

function unlessMissing(error: unknown): undefined {
  becauseMissing(error);
}

function becauseMissing(error: unknown): true {
  if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
  return true;
}
