import { expect, test } from 'bun:test';
import { readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { temporaryFolder } from '../testing/temporary-folder.ts';
import { lockDataFolder } from './data-lock.ts';

test('is exclusive while its owner lives, and free afterwards', () => {
  using folder = temporaryFolder();
  const release = lockDataFolder(folder.path);
  expect(() => lockDataFolder(folder.path)).toThrow('is in use by the broker with pid');
  release();
  lockDataFolder(folder.path)();
  expect(readdirSync(folder.path)).toEqual([]);
});

test('of a killed process is taken over', async () => {
  using folder = temporaryFolder();
  const script = `import { lockDataFolder } from ${JSON.stringify(join(import.meta.dir, 'data-lock.ts'))};
    lockDataFolder(${JSON.stringify(folder.path)}); console.log('locked'); setInterval(() => {}, 1000);`;
  const owner = Bun.spawn([process.execPath, '-e', script], { stdout: 'pipe' });
  await owner.stdout.getReader().read();
  expect(() => lockDataFolder(folder.path)).toThrow(`pid ${owner.pid}`);
  owner.kill('SIGKILL');
  await owner.exited;
  lockDataFolder(folder.path)();
});

test.each(['', 'not json', '{"pid":1,"startedAt":"0"}', `{"pid":${process.pid},"startedAt":"1"}`])(
  'with content %p is stale',
  (content) => {
    using folder = temporaryFolder();
    writeFileSync(join(folder.path, 'lock'), content);
    lockDataFolder(folder.path)();
  },
);
