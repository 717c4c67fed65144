import { afterEach, beforeEach, expect } from 'bun:test';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ToolError } from '../tool.ts';
import { fileWriter } from './file-writer.ts';

/** A task whose workspace does not exist yet, in folders that each test of the calling file gets anew. */
export function taskOfTest() {
  const id = Bun.randomUUIDv7();
  const { signal } = new AbortController();
  const folders = { scratch: '', root: '', workspace: '' };
  beforeEach(async () => {
    folders.scratch = await mkdtemp(join(tmpdir(), 'millrace-file-writer-'));
    folders.root = join(folders.scratch, 'workspaces');
    folders.workspace = join(folders.root, id);
  });
  afterEach(async () => {
    await rm(folders.scratch, { recursive: true, force: true });
  });
  const context = () => ({ taskId: id, workspaceRoot: folders.root, signal });
  return Object.assign(folders, {
    id,
    context,
    write: async (path: string, content: string, tool = fileWriter) =>
      await tool.run({ path, content }, context()),
    async refusal(writing: Promise<unknown>): Promise<ToolError> {
      const error = await writing.then(
        () => undefined,
        (reason: unknown) => reason,
      );
      expect(error).toBeInstanceOf(ToolError);
      expect((error as ToolError).message).not.toContain(folders.scratch);
      return error as ToolError;
    },
  });
}
