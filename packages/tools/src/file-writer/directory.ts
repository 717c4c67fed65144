import { constants } from 'node:fs';
import { type FileHandle, mkdir, open, readlink, realpath } from 'node:fs/promises';
import { join, sep } from 'node:path';
import { errorCode } from './file-error.ts';

/**
 * A folder that has been entered and looked at: names are joined to `anchor`, not to the path it was found
 * by.
 *
 * On Linux `anchor` is the open handle's entry in /proc, so the folder cannot be exchanged for a symbolic
 * link between the check and the use. Elsewhere it is the resolved path, which leaves that race to processes
 * that may already write there.
 */
export interface Directory extends AsyncDisposable {
  readonly anchor: string;
  /** Where it really is; for checks only, never shown. */
  readonly realPath: string;
  readonly handle: FileHandle | undefined;
}

interface EnterOptions {
  /** Create the folder if it is missing. */
  readonly create: boolean;
  /** Whether it may be reached by a symbolic link. */
  readonly followLink: boolean;
}

/** @returns the folder called `name` in `parent`, or `undefined` if it is missing and not to be created */
export async function enterDirectory(
  parent: Directory,
  name: string,
  { create, followLink }: EnterOptions,
): Promise<Directory | undefined> {
  const path = join(parent.anchor, name);
  if (create) {
    await mkdir(path, { mode: 0o700 }).catch((error: unknown) => {
      if (errorCode(error) !== 'EEXIST') throw error;
    });
  }
  try {
    return await openDirectory(path, followLink);
  } catch (error) {
    if (!create && errorCode(error) === 'ENOENT') return undefined;
    throw error;
  }
}

export async function openDirectory(path: string, followLink: boolean): Promise<Directory> {
  if (process.platform !== 'linux') {
    const realPath = await realpath(path);
    return { anchor: realPath, realPath, handle: undefined, [Symbol.asyncDispose]: async () => {} };
  }
  const flags = constants.O_RDONLY | constants.O_DIRECTORY | (followLink ? 0 : constants.O_NOFOLLOW);
  const handle = await open(path, flags);
  try {
    const anchor = `/proc/self/fd/${handle.fd}`;
    const realPath = await readlink(anchor);
    return { anchor, realPath, handle, [Symbol.asyncDispose]: () => handle.close() };
  } catch (error) {
    await handle.close();
    throw error;
  }
}

/** Whether `inner` is `outer` or lies below it. */
export function isWithin(inner: Directory, outer: Directory): boolean {
  return inner.realPath === outer.realPath || inner.realPath.startsWith(outer.realPath + sep);
}
