import { afterEach, beforeEach, describe, expect, test } from 'bun:test';
import {
  chmod,
  mkdir,
  mkdtemp,
  readdir,
  readFile,
  rename,
  rm,
  stat,
  symlink,
  utimes,
  writeFile,
} from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ToolError } from '../tool.ts';
import { writeAtomically } from './atomic-write.ts';
import { openDirectory } from './directory.ts';
import { createFileWriter, fileWriter } from './file-writer.ts';

let scratch: string;
let workspaceRoot: string;
let workspace: string;
const taskId = Bun.randomUUIDv7();
const signal = new AbortController().signal;

beforeEach(async () => {
  scratch = await mkdtemp(join(tmpdir(), 'millrace-file-writer-'));
  workspaceRoot = join(scratch, 'workspaces');
  workspace = join(workspaceRoot, taskId);
});

afterEach(async () => {
  await rm(scratch, { recursive: true, force: true });
});

const write = async (path: string, content: string, tool = fileWriter) =>
  await tool.run({ path, content }, { taskId, workspaceRoot, signal });

async function refusal(writing: Promise<unknown>): Promise<ToolError> {
  const error = await writing.then(
    () => undefined,
    (reason: unknown) => reason,
  );
  expect(error).toBeInstanceOf(ToolError);
  expect((error as ToolError).message).not.toContain(scratch);
  return error as ToolError;
}

describe('writing', () => {
  test('creates the workspace, the folders and the file, for its owner only', async () => {
    expect(await write('a/b/notes.txt', 'héllo')).toBe('Wrote 6 bytes to a/b/notes.txt');
    expect(await readFile(join(workspace, 'a/b/notes.txt'), 'utf8')).toBe('héllo');
    expect((await stat(join(workspace, 'a/b/notes.txt'))).mode & 0o777).toBe(0o600);
    for (const folder of [workspaceRoot, workspace, join(workspace, 'a')]) {
      expect((await stat(folder)).mode & 0o777).toBe(0o700);
    }
    expect(await readdir(join(workspace, 'a/b'))).toEqual(['notes.txt']);
  });

  test('replaces a file, and may empty it', async () => {
    await write('notes.txt', 'first');
    expect(await write('notes.txt', 'x')).toBe('Wrote 1 byte to notes.txt');
    expect(await write('notes.txt', '')).toBe('Wrote 0 bytes to notes.txt');
    expect(await readFile(join(workspace, 'notes.txt'), 'utf8')).toBe('');
  });

  test('leaves a file alone that already has this content', async () => {
    const answer = await write('notes.txt', 'same');
    const before = await stat(join(workspace, 'notes.txt'), { bigint: true });
    expect(await write('notes.txt', 'same')).toBe(answer);
    const after = await stat(join(workspace, 'notes.txt'), { bigint: true });
    expect([after.ino, after.mtimeNs]).toEqual([before.ino, before.mtimeNs]);
  });

  test('a reader sees the old file or the new one, never a part', async () => {
    const contents = ['a', 'b'].map((letter) => letter.repeat(300_000));
    await write('big.txt', contents[0]!);
    let writing = true;
    const writes = (async () => {
      for (let round = 1; round <= 40; round++) await write('big.txt', contents[round % 2]!);
      writing = false;
    })();
    let readCount = 0;
    while (writing) {
      expect(contents.includes(await readFile(join(workspace, 'big.txt'), 'utf8'))).toBe(true);
      readCount++;
    }
    await writes;
    expect(readCount).toBeGreaterThan(0);
  }, 30_000);

  test('a process killed while writing leaves a whole file, and nothing in the way', async () => {
    const program = `
      import { fileWriter } from ${JSON.stringify(join(import.meta.dir, 'file-writer.ts'))};
      const context = { taskId: ${JSON.stringify(taskId)}, workspaceRoot: ${JSON.stringify(workspaceRoot)}, signal: new AbortController().signal };
      for (let round = 0; ; round++) {
        await fileWriter.run({ path: 'big.txt', content: 'ab'[round % 2].repeat(500_000) }, context);
        process.stdout.write('.');
      }`;
    for (let kill = 0; kill < 3; kill++) {
      const writer = Bun.spawn([process.execPath, '-e', program], { stdout: 'pipe', stderr: 'inherit' });
      await writer.stdout.getReader().read();
      writer.kill('SIGKILL');
      await writer.exited;
      expect(await readFile(join(workspace, 'big.txt'), 'utf8')).toMatch(/^(a{500000}|b{500000})$/);
    }
    expect(await write('big.txt', 'done')).toBe('Wrote 4 bytes to big.txt');
  }, 30_000);

  test('closes every folder and file it opens', async () => {
    await write('a/b.txt', 'b');
    const count = async () => (await readdir('/dev/fd')).length;
    const before = await count();
    for (let round = 0; round < 20; round++) {
      await write('a/b.txt', `${round}`);
      await refusal(write('a', 'x'));
      await refusal(write('a/b.txt/c.txt', 'x'));
    }
    expect(await count()).toBeLessThanOrEqual(before);
  });

  test('tasks do not see one another', async () => {
    await write('notes.txt', 'mine');
    const other = Bun.randomUUIDv7();
    await fileWriter.run({ path: 'notes.txt', content: 'theirs' }, { taskId: other, workspaceRoot, signal });
    expect(await readFile(join(workspace, 'notes.txt'), 'utf8')).toBe('mine');
  });

  test('does nothing for an aborted task', async () => {
    const aborted = AbortSignal.abort(new Error('cancelled'));
    const writing = fileWriter.run(
      { path: 'a.txt', content: 'a' },
      { taskId, workspaceRoot, signal: aborted },
    );
    await expect(writing).rejects.toThrow('cancelled');
    expect(await readdir(scratch)).toEqual([]);
  });

  test('leaves nothing behind for a task aborted in the middle', async () => {
    await mkdir(workspace, { recursive: true });
    await using directory = await openDirectory(workspace, true);
    const aborted = AbortSignal.abort(new Error('cancelled'));
    await expect(writeAtomically(directory, 'a.txt', Buffer.from('a'), aborted)).rejects.toThrow('cancelled');
    expect(await readdir(workspace)).toEqual([]);
  });

  test.each(['', '..', '../x', 'a/b', '00000000-0000-0000-0000-00000000000', `${taskId}/..`, `../${taskId}`])(
    'takes no folder name from a task id such as %p',
    async (id) => {
      const writing = fileWriter.run({ path: 'a.txt', content: 'a' }, { taskId: id, workspaceRoot, signal });
      await expect(writing).rejects.toThrow('taskId must be a UUID.');
    },
  );
});

describe('staying inside', () => {
  let outside: string;
  beforeEach(async () => {
    outside = join(scratch, 'outside');
    await mkdir(outside);
    await mkdir(workspace, { recursive: true });
  });

  test('refuses a folder that is a link to the outside', async () => {
    await symlink(outside, join(workspace, 'out'));
    expect((await refusal(write('out/a.txt', 'a'))).code).toBe('path_outside_workspace');
    expect((await refusal(write('out/new/a.txt', 'a'))).code).toBe('path_outside_workspace');
    expect(await readdir(outside)).toEqual([]);
  });

  test('refuses such a link further down, and one whose target only shares a prefix of the name', async () => {
    await mkdir(join(workspaceRoot, `${taskId}-2`));
    await mkdir(join(workspace, 'a'));
    await symlink(`../../${taskId}-2`, join(workspace, 'a/out'));
    expect((await refusal(write('a/out/b.txt', 'b'))).code).toBe('path_outside_workspace');
    expect(await readdir(join(workspaceRoot, `${taskId}-2`))).toEqual([]);
  });

  test('follows a link that stays inside', async () => {
    await mkdir(join(workspace, 'real'));
    await symlink('real', join(workspace, 'alias'));
    expect(await write('alias/a.txt', 'a')).toBe('Wrote 1 byte to alias/a.txt');
    expect(await readFile(join(workspace, 'real/a.txt'), 'utf8')).toBe('a');
  });

  test('refuses a file that is a link, wherever it leads', async () => {
    await writeFile(join(outside, 'secret'), 'before');
    await symlink(join(outside, 'secret'), join(workspace, 'a.txt'));
    await symlink(join(outside, 'missing'), join(workspace, 'b.txt'));
    expect((await refusal(write('a.txt', 'after!'))).code).toBe('path_not_a_file');
    expect((await refusal(write('b.txt', 'after'))).code).toBe('path_not_a_file');
    expect(await readFile(join(outside, 'secret'), 'utf8')).toBe('before');
    expect(await readdir(outside)).toEqual(['secret']);
  });

  test('refuses a workspace that is a link, broken links and loops', async () => {
    await symlink('nowhere', join(workspace, 'broken'));
    await symlink('loop', join(workspace, 'loop'));
    expect((await refusal(write('broken/a.txt', 'a'))).code).toBe('invalid_path');
    expect((await refusal(write('loop/a.txt', 'a'))).code).toBe('path_outside_workspace');
    await rm(workspace, { recursive: true });
    await symlink(outside, workspace);
    expect((await refusal(write('a.txt', 'a'))).code).toBe('path_outside_workspace');
    expect(await readdir(outside)).toEqual([]);
  });

  test('a link redirected outside while files are written lets none through', async () => {
    await mkdir(join(workspace, 'inside'));
    const link = join(workspace, 'folder');
    await symlink('inside', link);
    let writing = true;
    const turning = (async () => {
      for (let round = 0; writing; round++) {
        const next = join(scratch, 'next');
        await symlink(round % 2 ? 'inside' : outside, next);
        await rename(next, link);
      }
    })();
    const OUTCOMES_EACH = 20;
    const outcomes = { written: 0, refused: 0 };
    for (
      let round = 0;
      round < 5_000 && Math.min(outcomes.written, outcomes.refused) < OUTCOMES_EACH;
      round++
    ) {
      await write('folder/a.txt', `${round}`).then(
        () => outcomes.written++,
        (error: unknown) => {
          expect(error).toBeInstanceOf(ToolError);
          outcomes.refused++;
        },
      );
    }
    writing = false;
    await turning;
    expect(await readdir(outside)).toEqual([]);
    // Both happened often, so the race did occur.
    expect(Math.min(outcomes.written, outcomes.refused)).toBe(OUTCOMES_EACH);
  }, 30_000);

  test('refuses folders in place of files, and files in place of folders', async () => {
    await write('a/b.txt', 'b');
    expect((await refusal(write('a', 'x'))).code).toBe('path_is_folder');
    expect((await refusal(write('a/b.txt/c.txt', 'x'))).code).toBe('invalid_path');
  });
});

describe('limits', () => {
  const small = createFileWriter({ contentBytesMax: 10, filesMax: 2, totalBytesMax: 15 });

  test('of one file, counted in bytes', async () => {
    expect(await write('a.txt', 'é'.repeat(5), small)).toBe('Wrote 10 bytes to a.txt');
    expect((await refusal(write('a.txt', `${'é'.repeat(5)}!`, small))).code).toBe('content_too_large');
  });

  test('of the files of a task, counting a replaced one once', async () => {
    await write('a.txt', 'a', small);
    await write('d/b.txt', 'b', small);
    expect((await refusal(write('c.txt', 'c', small))).code).toBe('too_many_files');
    expect(await write('a.txt', 'aa', small)).toBe('Wrote 2 bytes to a.txt');
    expect((await readdir(workspace)).sort()).toEqual(['a.txt', 'd']);
  });

  test('of the bytes of a task', async () => {
    await write('a.txt', '0123456789', small);
    expect((await refusal(write('b.txt', '012345', small))).code).toBe('workspace_quota_exceeded');
    await write('a.txt', '01234', small);
    expect(await write('b.txt', '0123456789', small)).toBe('Wrote 10 bytes to b.txt');
  });

  test('of the bytes of a task, in all of its files together', async () => {
    const three = createFileWriter({ contentBytesMax: 10, filesMax: 3, totalBytesMax: 15 });
    await write('a.txt', '012345', three);
    await write('b.txt', '012345', three);
    expect((await refusal(write('c.txt', '0123', three))).code).toBe('workspace_quota_exceeded');
    expect(await write('c.txt', '012', three)).toBe('Wrote 3 bytes to c.txt');
  });

  test('hold for concurrent writes', async () => {
    const writes = ['a', 'b', 'c', 'd', 'e'].map((name) => write(`${name}.txt`, 'x', small));
    const outcomes = await Promise.allSettled(writes);
    expect(outcomes.filter(({ status }) => status === 'fulfilled')).toHaveLength(2);
    expect(await readdir(workspace)).toHaveLength(2);
  });

  test('a refused write leaves no folder behind', async () => {
    await write('a.txt', 'a', small);
    await write('b.txt', 'b', small);
    await refusal(write('new/folder/c.txt', 'c', small));
    expect((await readdir(workspace)).sort()).toEqual(['a.txt', 'b.txt']);
  });

  test('lone surrogates are refused: they have no bytes', async () => {
    expect((await refusal(write('a.txt', 'a\ud83d'))).code).toBe('invalid_content');
  });

  test('leftovers of a killed process do not count, and are removed once old', async () => {
    await mkdir(workspace, { recursive: true });
    const [fresh, old] = ['.millrace-tmp-fresh', '.millrace-tmp-old'].map((name) => join(workspace, name));
    await writeFile(fresh!, 'x'.repeat(100));
    await writeFile(old!, 'x'.repeat(100));
    const yesterday = new Date(Date.now() - 24 * 60 * 60 * 1_000);
    await utimes(old!, yesterday, yesterday);
    await write('a.txt', '0123456789', small);
    expect((await readdir(workspace)).sort()).toEqual(['.millrace-tmp-fresh', 'a.txt']);
  });
});

describe('what the file system refuses', () => {
  test("is reported without the host's folders", async () => {
    // Not even root may create folders there.
    const readOnly = process.platform === 'linux' ? '/sys' : '/System';
    const error = await refusal(
      Promise.resolve(
        fileWriter.run({ path: 'a.txt', content: 'a' }, { taskId, workspaceRoot: readOnly, signal }),
      ),
    );
    expect(error).toMatchObject({ code: 'workspace_not_writable', retryable: true });
    expect(error.message).toMatch(/^The workspace does not allow writing "a\.txt" \(E[A-Z]+\)\.$/);
  });

  test('is reported for a root that is a file', async () => {
    await writeFile(workspaceRoot, '');
    await chmod(workspaceRoot, 0o400);
    expect((await refusal(write('a.txt', 'a'))).message).not.toContain('workspaces');
  });
});
