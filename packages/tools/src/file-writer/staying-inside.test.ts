import { beforeEach, expect, test } from 'bun:test';
import { mkdir, readdir, readFile, rename, rm, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { ToolError } from '../tool.ts';
import { taskOfTest } from './test-workspace.ts';

const task = taskOfTest();
const { write, refusal } = task;

let outside: string;
beforeEach(async () => {
  outside = join(task.scratch, 'outside');
  await mkdir(outside);
  await mkdir(task.workspace, { recursive: true });
});

test('refuses a folder that is a link to the outside', async () => {
  await symlink(outside, join(task.workspace, 'out'));
  expect((await refusal(write('out/a.txt', 'a'))).code).toBe('path_outside_workspace');
  expect((await refusal(write('out/new/a.txt', 'a'))).code).toBe('path_outside_workspace');
  expect(await readdir(outside)).toEqual([]);
});

test('refuses such a link further down, and one whose target only shares a prefix of the name', async () => {
  await mkdir(join(task.root, `${task.id}-2`));
  await mkdir(join(task.workspace, 'a'));
  await symlink(`../../${task.id}-2`, join(task.workspace, 'a/out'));
  expect((await refusal(write('a/out/b.txt', 'b'))).code).toBe('path_outside_workspace');
  expect(await readdir(join(task.root, `${task.id}-2`))).toEqual([]);
});

test('follows a link that stays inside', async () => {
  await mkdir(join(task.workspace, 'real'));
  await symlink('real', join(task.workspace, 'alias'));
  expect(await write('alias/a.txt', 'a')).toBe('Wrote 1 byte to alias/a.txt');
  expect(await readFile(join(task.workspace, 'real/a.txt'), 'utf8')).toBe('a');
});

test('refuses a file that is a link, wherever it leads', async () => {
  await writeFile(join(outside, 'secret'), 'before');
  await symlink(join(outside, 'secret'), join(task.workspace, 'a.txt'));
  await symlink(join(outside, 'missing'), join(task.workspace, 'b.txt'));
  expect((await refusal(write('a.txt', 'after!'))).code).toBe('path_not_a_file');
  expect((await refusal(write('b.txt', 'after'))).code).toBe('path_not_a_file');
  expect(await readFile(join(outside, 'secret'), 'utf8')).toBe('before');
  expect(await readdir(outside)).toEqual(['secret']);
});

test('refuses a workspace that is a link, broken links and loops', async () => {
  await symlink('nowhere', join(task.workspace, 'broken'));
  await symlink('loop', join(task.workspace, 'loop'));
  expect((await refusal(write('broken/a.txt', 'a'))).code).toBe('invalid_path');
  expect((await refusal(write('loop/a.txt', 'a'))).code).toBe('path_outside_workspace');
  await rm(task.workspace, { recursive: true });
  await symlink(outside, task.workspace);
  expect((await refusal(write('a.txt', 'a'))).code).toBe('path_outside_workspace');
  expect(await readdir(outside)).toEqual([]);
});

test('a link redirected outside while files are written lets none through', async () => {
  await mkdir(join(task.workspace, 'inside'));
  const link = join(task.workspace, 'folder');
  await symlink('inside', link);
  let writing = true;
  const turning = (async () => {
    for (let round = 0; writing; round++) {
      const next = join(task.scratch, 'next');
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
