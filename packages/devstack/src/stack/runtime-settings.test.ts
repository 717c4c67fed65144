import { expect, test } from 'bun:test';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { repositoryRoot } from './part-definitions.ts';
import { runtimeSettings } from './runtime-settings.ts';

test('the repository’s version of Bun knows them all', () => {
  const started = Bun.spawnSync([process.execPath, '-e', 'console.log(1 + 1)'], { env: runtimeSettings() });
  expect(started.stdout.toString()).toBe('2\n');
  expect(Object.keys(runtimeSettings())).toHaveLength(6);
});

test('another version gets none that it may not know', () => {
  expect(Object.keys(runtimeSettings('1.5.0'))).toEqual(['MIMALLOC_PURGE_DELAY']);
});

test('the images have the same', () => {
  const dockerfile = readFileSync(join(repositoryRoot, 'Dockerfile'), 'utf8');
  const settings = Object.entries(runtimeSettings()).map(([name, value]) => `${name}=${value}`);
  expect(dockerfile.match(/\b(?:BUN_JSC|MIMALLOC)_\w+=\S+/g)?.toSorted()).toEqual(settings.toSorted());
});

test.each(['manifest', 'two-executors'])('the manifests of the peers’ harness have the same: %s', (name) => {
  const manifest = readFileSync(join(repositoryRoot, `bench/peers/${name}.json`), 'utf8');
  expect(JSON.parse(manifest).env).toMatchObject(runtimeSettings());
});
