import { expect, test } from 'bun:test';
import { join } from 'node:path';

const promtool = Bun.which('promtool');
if (!promtool) console.warn('skipped: what alerts say and when, because promtool is not installed');

test.skipIf(!promtool).each([
  ['ServiceDown names the service, also when no instance of it is left', 'service-down.yml'],
  [
    'ServiceRestarts fires on a crash loop of one replica among several, and not on an upgrade',
    'service-restarts.yml',
  ],
])('%s', (_name, file) => {
  const rules = join(import.meta.dir, file);
  const { stdout, stderr, exitCode } = Bun.spawnSync([promtool!, 'test', 'rules', rules]);
  expect(`${stdout}${stderr}`).not.toContain('FAILED');
  expect(exitCode).toBe(0);
});
