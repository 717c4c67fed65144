import { expect, test } from 'bun:test';
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { findBinaries } from './binaries.ts';

test('finds PostgreSQL 18 for this platform', () => {
  const { postgres, initdb, version } = findBinaries();
  expect([postgres, initdb].map((path) => existsSync(path))).toEqual([true, true]);
  expect(version).toMatch(/^18\./);
});

test('several processes may complete the links of one package at once', async () => {
  const root = mkdtempSync(join(tmpdir(), 'millrace-links-'));
  try {
    const folder = join(root, 'native', 'lib');
    mkdirSync(folder, { recursive: true });
    const names = Array.from({ length: 50 }, (_, index) => `lib${index}.so`);
    for (const name of names) writeFileSync(join(folder, `${name}.1.2`), name);
    // An interrupted earlier attempt got this far.
    symlinkSync('lib0.so.1.2', join(folder, 'lib0.so'));
    const links = names.map((name) => ({ source: `native/lib/${name}.1.2`, target: `native/lib/${name}` }));
    writeFileSync(join(root, 'native', 'pg-symlinks.json'), JSON.stringify(links));

    const program = `import { completeLinks } from ${JSON.stringify(join(import.meta.dir, 'binaries.ts'))};
      completeLinks(${JSON.stringify(root)});`;
    const exits = Array.from({ length: 4 }, () => Bun.spawn([process.execPath, '-e', program]).exited);
    expect(await Promise.all(exits)).toEqual([0, 0, 0, 0]);
    expect(names.map((name) => readFileSync(join(folder, name), 'utf8'))).toEqual(names);
    expect(readdirSync(folder)).toHaveLength(2 * names.length);
  } finally {
    rmSync(root, { recursive: true, force: true });
  }
});
