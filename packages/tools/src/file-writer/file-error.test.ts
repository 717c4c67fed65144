import { expect, test } from 'bun:test';
import { describeFileError } from './file-error.ts';

const failure = (code: string) => Object.assign(new Error(`${code}: /srv/workspaces/x`), { code });

/** Errors that a test can only provoke with a file system of its own. */
test.each([
  ['ENOSPC', 'workspace_full', true],
  ['EDQUOT', 'workspace_full', true],
  ['EROFS', 'workspace_not_writable', true],
  ['EIO', 'write_failed', true],
  ['ENAMETOOLONG', 'invalid_path', false],
])('%s is %s, naming only the path the caller gave', (errno, code, retryable) => {
  const error = describeFileError(failure(errno), 'notes/a.txt') as Error;
  expect(error).toMatchObject({ name: 'ToolError', code, retryable });
  expect(error.message).toContain('"notes/a.txt"');
  expect(error.message).not.toContain('/srv');
});
