import { expect, test } from 'bun:test';
import { mkdirSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { temporaryFolder } from '../testing/temporary-folder.ts';
import { replaceFile } from './durable-file.ts';

test('a failed replacement leaves nothing behind that takes up space', () => {
  using folder = temporaryFolder();
  const inTheWay = join(folder.path, 'file');
  mkdirSync(join(inTheWay, 'folder'), { recursive: true });
  expect(() => replaceFile(inTheWay, 'content')).toThrow('rename');
  expect(readdirSync(folder.path)).toEqual(['file']);
});
