import { afterAll, expect, setDefaultTimeout, test } from 'bun:test';
import { chmodSync, existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { identify, isAlive } from '../process/identity.ts';
import { StackLock } from './stack-lock.ts';

// Starting processes takes time on a busy machine.
setDefaultTimeout(60_000);

const folder = mkdtempSync(join(tmpdir(), 'millrace-lock-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

test('a folder has one owner, whose death frees it', async () => {
  const program = `import { StackLock } from ${JSON.stringify(join(import.meta.dir, 'stack-lock.ts'))};
    const lock = StackLock.acquire(${JSON.stringify(folder)});
    await lock.endLeftovers();
    lock.announce({ gateway_url: 'http://127.0.0.1:3000' });
    console.log('held');
    setInterval(() => lock, 60_000);`;
  await using owner = Bun.spawn([process.execPath, '-e', program], { stdout: 'pipe' });
  await owner.stdout.getReader().read();
  expect(() => StackLock.acquire(folder)).toThrow(
    new RegExp(
      `^Millrace already runs on \\S+ \\(pid ${owner.pid}, its API at http://127\\.0\\.0\\.1:3000\\)\\.`,
    ),
  );
  rmSync(join(folder, 'stack.lock'));
  expect(() => StackLock.acquire(folder)).toThrow(`(pid ${owner.pid}, its API at`);
  owner.kill('SIGKILL');
  await owner.exited;
  StackLock.acquire(folder).release();
});

test('processes left by a killed run are ended, and no others', async () => {
  const left = Bun.spawn(['sleep', '60']);
  const stranger = Bun.spawn(['sleep', '60']);
  const startedAt = identify(left.pid)?.startedAt;
  const children = [
    { name: 'gateway', pid: left.pid, startedAt },
    // This pid was once the executor's; another process has it now.
    { name: 'executor-1', pid: stranger.pid, startedAt: 'long ago' },
    { name: 'mcp', pid: 999_999_999, startedAt },
  ];
  writeFileSync(join(folder, 'stack.json'), JSON.stringify({ pid: 1, gateway_url: null, children }));
  const lock = StackLock.acquire(folder);
  try {
    expect(await lock.endLeftovers()).toEqual(['gateway']);
    expect(isAlive(left.pid)).toBe(false);
    expect(isAlive(stranger.pid)).toBe(true);
    lock.recordChild('mcp', stranger.pid);
    const written = JSON.parse(readFileSync(join(folder, 'stack.json'), 'utf8'));
    expect(written).toMatchObject({ pid: process.pid, children: [{ name: 'mcp', pid: stranger.pid }] });
  } finally {
    lock.release();
    stranger.kill();
    left.kill();
  }
  expect(existsSync(join(folder, 'stack.json'))).toBe(false);
});

// Root may write anywhere.
const asUser =
  process.getuid?.() === 0
    ? 'setpriv --reuid=1 --clear-groups --inh-caps=+dac_read_search --ambient-caps=+dac_read_search'.split(
        ' ',
      )
    : [];
test.skipIf(process.platform !== 'linux')('a folder of another user is refused with a remedy', () => {
  const dataDir = join(folder, 'closed');
  StackLock.acquire(dataDir).release();
  chmodSync(dataDir, 0o555);
  const program = `import { StackLock } from ${JSON.stringify(join(import.meta.dir, 'stack-lock.ts'))};
    try { StackLock.acquire(${JSON.stringify(dataDir)}) } catch (error) { console.log(error.message) }`;
  const { stdout } = Bun.spawnSync([...asUser, process.execPath, '-e', program]);
  expect(stdout.toString()).toMatch(
    /^The data folder .* cannot be used: EACCES.*\n.* make the folder writable, or choose another/,
  );
});

test('a torn record does no harm', async () => {
  writeFileSync(join(folder, 'stack.json'), '{"pid": 12, "chil');
  const lock = StackLock.acquire(folder);
  expect(await lock.endLeftovers()).toEqual([]);
  lock.release();
});
