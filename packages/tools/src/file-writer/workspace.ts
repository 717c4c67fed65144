import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { ToolError } from '../tool.ts';
import { type Directory, enterDirectory, isWithin, openDirectory } from './directory.ts';
import { errorCode } from './file-error.ts';

const UUID = /^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;

/** Whether a folder of the workspace root can be a task's. */
export function isWorkspaceName(name: string): boolean {
  return UUID.test(name);
}

/**
 * The task's own folder, created if missing.
 *
 * @throws TypeError when `taskId` is not a UUID: it becomes the name of a folder
 */
export async function openWorkspace(workspaceRoot: string, taskId: string): Promise<Directory> {
  if (!isWorkspaceName(taskId)) throw new TypeError('taskId must be a UUID.');
  await mkdir(workspaceRoot, { recursive: true, mode: 0o700 });
  await using root = await openDirectory(workspaceRoot, true);
  const options = { create: true, followLink: false };
  const workspace = await enterDirectory(root, taskId, options).catch(refuseLink);
  if (workspace?.realPath === join(root.realPath, taskId)) return workspace;
  await workspace?.[Symbol.asyncDispose]();
  throw notAFolder();
}

function refuseLink(error: unknown): never {
  if (errorCode(error) === 'ELOOP' || errorCode(error) === 'ENOTDIR') throw notAFolder();
  throw error;
}

function notAFolder(): ToolError {
  return new ToolError(
    'path_outside_workspace',
    "The task's workspace is a link or a file, not a folder of its own: an operator must remove it.",
  );
}

/**
 * Walks from the workspace to the folder of a file, checking each step before the next is taken.
 *
 * @returns `undefined` if a folder on the way is missing and `create` is false
 * @throws ToolError `path_outside_workspace` when a symbolic link leads out
 */
export async function openFolder(
  workspace: Directory,
  folders: readonly string[],
  { create }: { readonly create: boolean },
): Promise<Directory | undefined> {
  let current = await openDirectory(workspace.anchor, true);
  for (const folder of folders) {
    await using parent = current;
    const next = await enterDirectory(parent, folder, { create, followLink: true });
    if (next === undefined) return undefined;
    if (!isWithin(next, workspace)) {
      await next[Symbol.asyncDispose]();
      throw new ToolError(
        'path_outside_workspace',
        `The folder ${JSON.stringify(folder)} leads out of the workspace: choose another.`,
      );
    }
    current = next;
  }
  return current;
}
