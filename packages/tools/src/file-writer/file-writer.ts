import { constants, type Stats } from 'node:fs';
import { open } from 'node:fs/promises';
import { join } from 'node:path';
import { Type } from '@sinclair/typebox';
import { defineTool, type ToolContext, ToolError } from '../tool.ts';
import { writeAtomically } from './atomic-write.ts';
import type { Directory } from './directory.ts';
import { describeFileError } from './file-error.ts';
import { KeyedMutex } from './keyed-mutex.ts';
import { parsePath } from './path-rules.ts';
import { measureUsage, statIfPresent } from './usage.ts';
import { openFolder, openWorkspace } from './workspace.ts';

export interface FileWriterLimits {
  /** Of one file, in UTF-8. */
  readonly contentBytesMax: number;
  /** Of one task. */
  readonly filesMax: number;
  /** Of all files of one task. */
  readonly totalBytesMax: number;
}

const DEFAULT_LIMITS: FileWriterLimits = {
  contentBytesMax: 1024 * 1024,
  filesMax: 100,
  totalBytesMax: 10 * 1024 * 1024,
};

/**
 * The tool `file_writer`. Files go to `<workspaceRoot>/<taskId>/`; no path leads out of there. Writing the same content
 * to the same path again gives the same answer and leaves the file alone, so a task that is retried may repeat it.
 */
export function createFileWriter(limits: FileWriterLimits = DEFAULT_LIMITS) {
  const mutex = new KeyedMutex();
  return defineTool({
    name: 'file_writer',
    description:
      "Writes a text file into the task's own workspace folder, replacing an existing file. Missing folders are created.",
    parameters: Type.Object(
      {
        path: Type.String({ description: 'relative path with forward slashes, such as "notes/today.txt"' }),
        content: Type.String({
          description: `the whole text of the file, at most ${limits.contentBytesMax} bytes`,
        }),
      },
      { additionalProperties: false },
    ),
    async run({ path, content }, context) {
      const segments = parsePath(path);
      const bytes = encode(content, limits);
      try {
        // One at a time in a workspace: concurrent calls would each count the same room as free.
        await mutex.run(join(context.workspaceRoot, context.taskId), () =>
          writeFile(segments, bytes, limits, context),
        );
      } catch (error) {
        throw describeFileError(error, path);
      }
      return `Wrote ${bytes.length} ${bytes.length === 1 ? 'byte' : 'bytes'} to ${segments.join('/')}`;
    },
  });
}

export const fileWriter = createFileWriter();

function encode(content: string, { contentBytesMax }: FileWriterLimits): Uint8Array {
  if (!content.isWellFormed()) {
    throw new ToolError(
      'invalid_content',
      'content holds half of a surrogate pair: give valid Unicode text.',
    );
  }
  const bytes = Buffer.from(content);
  if (bytes.length > contentBytesMax) {
    throw new ToolError(
      'content_too_large',
      `content is ${bytes.length} bytes; a file may have ${contentBytesMax}: split it into several files.`,
    );
  }
  return bytes;
}

async function writeFile(
  segments: readonly string[],
  content: Uint8Array,
  limits: FileWriterLimits,
  { workspaceRoot, taskId, signal }: ToolContext,
): Promise<void> {
  signal.throwIfAborted();
  const folders = segments.slice(0, -1);
  const name = segments.at(-1)!;
  await using workspace = await openWorkspace(workspaceRoot, taskId);
  await using found = await openFolder(workspace, folders, { create: false });
  const existing = found && (await statIfPresent(join(found.anchor, name)));
  assertReplaceable(existing, segments);
  if (found && existing && (await holds(found, name, existing, content))) return;
  await assertRoom(workspace, existing, content.length, limits);
  await using created = found ? undefined : await openFolder(workspace, folders, { create: true });
  await writeAtomically((found ?? created)!, name, content, signal);
}

function assertReplaceable(existing: Stats | undefined, segments: readonly string[]): void {
  if (existing === undefined || existing.isFile()) return;
  const path = JSON.stringify(segments.join('/'));
  if (existing.isDirectory()) {
    throw new ToolError('path_is_folder', `path ${path} is a folder: add a file name.`);
  }
  throw new ToolError(
    'path_not_a_file',
    `path ${path} is a link or a device, not a file: choose another name.`,
  );
}

async function holds(
  folder: Directory,
  name: string,
  existing: Stats,
  content: Uint8Array,
): Promise<boolean> {
  if (existing.size !== content.length) return false;
  await using file = await open(join(folder.anchor, name), constants.O_RDONLY | constants.O_NOFOLLOW);
  return content.length === 0 || (await file.readFile()).equals(content);
}

async function assertRoom(
  workspace: Directory,
  existing: Stats | undefined,
  contentBytes: number,
  { filesMax, totalBytesMax }: FileWriterLimits,
): Promise<void> {
  const usage = await measureUsage(workspace, filesMax);
  const fileCount = usage.fileCount + (existing ? 0 : 1);
  const totalBytes = usage.totalBytes - (existing?.size ?? 0) + contentBytes;
  if (fileCount > filesMax) {
    throw new ToolError('too_many_files', `A task may have ${filesMax} files: replace one of those it has.`);
  }
  if (totalBytes > totalBytesMax) {
    throw new ToolError(
      'workspace_quota_exceeded',
      `The files of a task may have ${totalBytesMax} bytes together; with this one it would be ${totalBytes}: write less.`,
    );
  }
}
