import { describe, expect, test } from 'bun:test';
import { chmod, mkdir, readdir, readFile, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { writeAtomically } from './atomic-write.ts';
import { openDirectory } from './directory.ts';
import { fileWriter } from './file-writer.ts';
import { taskOfTest } from './test-workspace.ts';

const task = taskOfTest();
const { write, refusal } = task;

describe('writing', () => {
  test('creates the workspace, the folders and the file, for its owner only', async () => {
    expect(await write('a/b/notes.txt', 'héllo')).toBe('Wrote 6 bytes to a/b/notes.txt');
    expect(await readFile(join(task.workspace, 'a/b/notes.txt'), 'utf8')).toBe('héllo');
    expect((await stat(join(task.workspace, 'a/b/notes.txt'))).mode & 0o777).toBe(0o600);
    for (const folder of [task.root, task.workspace, join(task.workspace, 'a')]) {
      expect((await stat(folder)).mode & 0o777).toBe(0o700);
    }
    expect(await readdir(join(task.workspace, 'a/b'))).toEqual(['notes.txt']);
  });

  test('replaces a file, and may empty it', async () => {
    await write('notes.txt', 'first');
    expect(await write('notes.txt', 'x')).toBe('Wrote 1 byte to notes.txt');
    expect(await write('notes.txt', '')).toBe('Wrote 0 bytes to notes.txt');
    expect(await readFile(join(task.workspace, 'notes.txt'), 'utf8')).toBe('');
  });

  test('leaves a file alone that already has this content', async () => {
    const answer = await write('notes.txt', 'same');
    const before = await stat(join(task.workspace, 'notes.txt'), { bigint: true });
    expect(await write('notes.txt', 'same')).toBe(answer);
    const after = await stat(join(task.workspace, 'notes.txt'), { bigint: true });
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
      expect(contents.includes(await readFile(join(task.workspace, 'big.txt'), 'utf8'))).toBe(true);
      readCount++;
    }
    await writes;
    expect(readCount).toBeGreaterThan(0);
  }, 30_000);

  test('a process killed while writing leaves a whole file, and nothing in the way', async () => {
    const program = `
      import { fileWriter } from ${JSON.stringify(join(import.meta.dir, 'file-writer.ts'))};
      const context = { ...${JSON.stringify(task.context())}, signal: new AbortController().signal };
      for (let round = 0; ; round++) {
        await fileWriter.run({ path: 'big.txt', content: 'ab'[round % 2].repeat(500_000) }, context);
        process.stdout.write('.');
      }`;
    for (let kill = 0; kill < 3; kill++) {
      const writer = Bun.spawn([process.execPath, '-e', program], { stdout: 'pipe', stderr: 'inherit' });
      await writer.stdout.getReader().read();
      writer.kill('SIGKILL');
      await writer.exited;
      expect(await readFile(join(task.workspace, 'big.txt'), 'utf8')).toMatch(/^(a{500000}|b{500000})$/);
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
    await fileWriter.run({ path: 'notes.txt', content: 'theirs' }, { ...task.context(), taskId: other });
    expect(await readFile(join(task.workspace, 'notes.txt'), 'utf8')).toBe('mine');
  });

  test('does nothing for an aborted task', async () => {
    const aborted = AbortSignal.abort(new Error('cancelled'));
    const writing = fileWriter.run({ path: 'a.txt', content: 'a' }, { ...task.context(), signal: aborted });
    await expect(writing).rejects.toThrow('cancelled');
    expect(await readdir(task.scratch)).toEqual([]);
  });

  test('leaves nothing behind for a task aborted in the middle', async () => {
    await mkdir(task.workspace, { recursive: true });
    await using directory = await openDirectory(task.workspace, true);
    const aborted = AbortSignal.abort(new Error('cancelled'));
    await expect(writeAtomically(directory, 'a.txt', Buffer.from('a'), aborted)).rejects.toThrow('cancelled');
    expect(await readdir(task.workspace)).toEqual([]);
  });

  test.each([
    '',
    '..',
    '../x',
    'a/b',
    '00000000-0000-0000-0000-00000000000',
    `${task.id}/..`,
    `../${task.id}`,
  ])('takes no folder name from a task id such as %p', async (id) => {
    const writing = fileWriter.run({ path: 'a.txt', content: 'a' }, { ...task.context(), taskId: id });
    await expect(writing).rejects.toThrow('taskId must be a UUID.');
  });

  test('lone surrogates are refused: they have no bytes', async () => {
    expect((await refusal(write('a.txt', 'a\ud83d'))).code).toBe('invalid_content');
  });
});

describe('what the file system refuses', () => {
  test("is reported without the host's folders", async () => {
    // Not even root may create folders there.
    const readOnly = process.platform === 'linux' ? '/sys' : '/System';
    const error = await refusal(
      Promise.resolve(
        fileWriter.run({ path: 'a.txt', content: 'a' }, { ...task.context(), workspaceRoot: readOnly }),
      ),
    );
    expect(error).toMatchObject({ code: 'workspace_not_writable', retryable: true });
    expect(error.message).toMatch(/^The workspace does not allow writing "a\.txt" \(E[A-Z]+\)\.$/);
  });

  test('is reported for a root that is a file', async () => {
    await writeFile(task.root, '');
    await chmod(task.root, 0o400);
    expect((await refusal(write('a.txt', 'a'))).message).not.toContain('workspaces');
  });
});
