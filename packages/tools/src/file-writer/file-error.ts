import { ToolError } from '../tool.ts';

export function errorCode(error: unknown): string | undefined {
  return error instanceof Error && 'code' in error && typeof error.code === 'string' ? error.code : undefined;
}

/**
 * Describes what the file system refused in terms of the caller's own path: its own messages name folders of the host.
 * The original error becomes the cause, for logs only.
 */
export function describeFileError(error: unknown, path: string): unknown {
  const code = errorCode(error);
  if (error instanceof ToolError || code === undefined || !/^E[A-Z0-9]+$/.test(code)) return error;
  const name = JSON.stringify(path);
  const refuse = (code: string, message: string) => new ToolError(code, message, { cause: error });
  const refuseForNow = (code: string, message: string) =>
    new ToolError(code, message, { cause: error, retryable: true });
  switch (code) {
    case 'EACCES':
    case 'EPERM':
    case 'EROFS':
      return refuseForNow(
        'workspace_not_writable',
        `The workspace does not allow writing ${name} (${code}).`,
      );
    case 'ENOSPC':
    case 'EDQUOT':
      return refuseForNow('workspace_full', `There is no space left to write ${name} (${code}).`);
    case 'ENOTDIR':
      return refuse('invalid_path', `A folder in path ${name} is a file: choose another folder.`);
    case 'ENOENT':
      return refuse(
        'invalid_path',
        `A folder in path ${name} has vanished or is a broken link: choose another folder.`,
      );
    case 'ELOOP':
      return refuse('path_outside_workspace', `path ${name} leads through a symbolic link: choose another.`);
    case 'ENAMETOOLONG':
      return refuse('invalid_path', `path ${name} is too long for the file system: shorten it.`);
    default:
      return refuseForNow('write_failed', `Writing ${name} failed (${code}).`);
  }
}
