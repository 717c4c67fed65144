import { expect, test } from 'bun:test';
import { mkdir, readdir, utimes, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { createFileWriter } from './file-writer.ts';
import { taskOfTest } from './test-workspace.ts';

const task = taskOfTest();
const { write, refusal } = task;

const small = createFileWriter({ contentBytesMax: 10, filesMax: 2, totalBytesMax: 15 });

test('the size of a file is limited, in bytes', async () => {
  expect(await write('a.txt', 'é'.repeat(5), small)).toBe('Wrote 10 bytes to a.txt');
  expect((await refusal(write('a.txt', `${'é'.repeat(5)}!`, small))).code).toBe('content_too_large');
});

test('the files of a task are limited, a replaced one counts once', async () => {
  await write('a.txt', 'a', small);
  await write('d/b.txt', 'b', small);
  expect((await refusal(write('c.txt', 'c', small))).code).toBe('too_many_files');
  expect(await write('a.txt', 'aa', small)).toBe('Wrote 2 bytes to a.txt');
  expect((await readdir(task.workspace)).sort()).toEqual(['a.txt', 'd']);
});

test('the bytes of a task are limited, those of a replaced file are free again', async () => {
  await write('a.txt', '0123456789', small);
  expect((await refusal(write('b.txt', '012345', small))).code).toBe('workspace_quota_exceeded');
  await write('a.txt', '01234', small);
  expect(await write('b.txt', '0123456789', small)).toBe('Wrote 10 bytes to b.txt');
});

test('the bytes of a task are those of all its files together', async () => {
  const three = createFileWriter({ contentBytesMax: 10, filesMax: 3, totalBytesMax: 15 });
  await write('a.txt', '012345', three);
  await write('b.txt', '012345', three);
  expect((await refusal(write('c.txt', '0123', three))).code).toBe('workspace_quota_exceeded');
  expect(await write('c.txt', '012', three)).toBe('Wrote 3 bytes to c.txt');
});

test('the limits hold for concurrent writes', async () => {
  const writes = ['a', 'b', 'c', 'd', 'e'].map((name) => write(`${name}.txt`, 'x', small));
  const outcomes = await Promise.allSettled(writes);
  expect(outcomes.filter(({ status }) => status === 'fulfilled')).toHaveLength(2);
  expect(await readdir(task.workspace)).toHaveLength(2);
});

test('a refused write leaves no folder behind', async () => {
  await write('a.txt', 'a', small);
  await write('b.txt', 'b', small);
  await refusal(write('new/folder/c.txt', 'c', small));
  expect((await readdir(task.workspace)).sort()).toEqual(['a.txt', 'b.txt']);
});

test('leftovers of a killed process do not count, and are removed once old', async () => {
  await mkdir(task.workspace, { recursive: true });
  const [fresh, old] = ['.millrace-tmp-fresh', '.millrace-tmp-old'].map((name) => join(task.workspace, name));
  await writeFile(fresh!, 'x'.repeat(100));
  await writeFile(old!, 'x'.repeat(100));
  const yesterday = new Date(Date.now() - 24 * 60 * 60 * 1_000);
  await utimes(old!, yesterday, yesterday);
  await write('a.txt', '0123456789', small);
  expect((await readdir(task.workspace)).sort()).toEqual(['.millrace-tmp-fresh', 'a.txt']);
});
