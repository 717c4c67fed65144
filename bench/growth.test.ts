import { expect, test } from 'bun:test';
import { join } from 'node:path';

test.each([
  [['--sizes', '10k'], '--sizes: must be a whole number from 1 to 20000000, not "10k"'],
  [['--only', 'verb'], '--only: "verb" is none of verbs, backlog, vacuum, delayed, idle'],
  [['--rows', '1'], "Unknown option '--rows'"],
])('bun bench/growth.ts %p ends before anything is measured, and says why', (args, reason) => {
  const script = join(import.meta.dir, 'growth.ts');
  const { exitCode, stdout, stderr } = Bun.spawnSync([process.execPath, script, ...args]);
  expect({ exitCode, output: stdout.toString() }).toEqual({ exitCode: 2, output: '' });
  expect(stderr.toString().split('\n')).toEqual([reason, expect.stringMatching(/^options: \[--sizes /), '']);
});
