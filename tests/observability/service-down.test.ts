import { expect, test } from 'bun:test';
import { join } from 'node:path';

const promtool = Bun.which('promtool');
if (!promtool) console.warn('skipped: what the alert ServiceDown says, because promtool is not installed');

test.skipIf(!promtool)('ServiceDown names the service, also when no instance of it is left', () => {
  const rules = join(import.meta.dir, 'service-down.yml');
  const { stdout, stderr, exitCode } = Bun.spawnSync([promtool!, 'test', 'rules', rules]);
  expect(`${stdout}${stderr}`).not.toContain('FAILED');
  expect(exitCode).toBe(0);
});
