import { expect, test } from 'bun:test';
import {
  appendFileSync,
  copyFileSync,
  mkdirSync,
  readFileSync,
  rmdirSync,
  statSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import type { LogFields } from '../logger.ts';
import { temporaryFolder } from '../testing/temporary-folder.ts';
import { GroupStore, NO_SNAPSHOT } from './group-store.ts';

function open(path: string) {
  const logged: { msg: string; fields: LogFields }[] = [];
  const store = new GroupStore(path, (_level, msg, fields) => logged.push({ msg, fields }));
  const offset = (partition: number) => store.find('g')?.offsets.get('t')?.get(partition)?.offset;
  return { store, offset, logged, cutBytes: logged[0]?.fields.bytes ?? 0 };
}

const change = (partition: number, offset: number) => ({ topic: 't', partition, offset, metadata: 'né' });

test('a torn last commit is cut off, wherever it tore; earlier ones stay', () => {
  using folder = temporaryFolder();
  const path = join(folder.path, 'offsets');
  const { store } = open(path);
  store.commit('g', [change(0, 1), change(1, 1)]);
  const before = statSync(path).size;
  store.commit('g', [change(0, 2)]);
  store.close();
  const after = readFileSync(path).length;
  for (let bytes = before; bytes <= after; bytes++) {
    const copy = join(folder.path, `cut-${bytes}`);
    copyFileSync(path, copy);
    truncateSync(copy, bytes);
    const { store: recovered, offset, cutBytes } = open(copy);
    expect([offset(0), offset(1)]).toEqual([bytes === after ? 2 : 1, 1]);
    expect(cutBytes).toBe(bytes === after ? 0 : bytes - before);
    recovered.commit('g', [change(0, 3)]);
    recovered.close();
    const again = open(copy);
    expect(again.offset(0)).toBe(3);
    again.store.close();
  }
});

test('what follows a damaged commit is cut off for good', () => {
  using folder = temporaryFolder();
  const path = join(folder.path, 'offsets');
  const { store } = open(path);
  store.commit('g', [change(0, 1)]);
  const intact = statSync(path).size;
  store.commit('g', [change(0, 2)]);
  store.commit('g', [change(0, 3)]);
  store.close();
  const content = readFileSync(path);
  content[intact + 20]! ^= 0xff;
  writeFileSync(path, content);
  const { store: recovered, offset } = open(path);
  expect(offset(0)).toBe(1);
  // As long as the damaged one: the last commit must not follow it again.
  recovered.commit('g', [change(0, 4)]);
  recovered.close();
  const again = open(path);
  expect(again.offset(0)).toBe(4);
  again.store.close();
});

test('trailing zeros, as after a power cut, are cut off', () => {
  using folder = temporaryFolder();
  const path = join(folder.path, 'offsets');
  const { store } = open(path);
  store.commit('g', [change(0, 1)]);
  store.close();
  appendFileSync(path, Buffer.alloc(64));
  const { store: recovered, offset, cutBytes } = open(path);
  expect([offset(0), cutBytes]).toEqual([1, 64]);
  recovered.close();
});

test('the file stays small however many commits are written', () => {
  using folder = temporaryFolder();
  const path = join(folder.path, 'offsets');
  const { store } = open(path);
  store.saveGroup('g', { ...NO_SNAPSHOT, generation: 7, protocolType: 'consumer' });
  let largest = 0;
  for (let i = 1; i <= 40_000; i++) {
    store.commit('g', [change(i % 10, i)]);
    if (i % 1000 === 0) largest = Math.max(largest, statSync(path).size);
  }
  store.close();
  expect(largest).toBeLessThan(1.1 * 1024 * 1024);
  const reopened = open(path);
  expect(reopened.offset(0)).toBe(40_000);
  expect(reopened.store.find('g')).toMatchObject({ generation: 7, protocolType: 'consumer' });
  reopened.store.deleteTopic('t');
  expect(reopened.offset(0)).toBeUndefined();
  reopened.store.close();
});

test('a file that needs more than that is not rewritten at each commit', () => {
  using folder = temporaryFolder();
  const path = join(folder.path, 'offsets');
  const { store } = open(path);
  const metadata = 'm'.repeat(4096);
  store.commit(
    'g',
    Array.from({ length: 300 }, (_, partition) => ({ ...change(partition, 1), metadata })),
  );
  const rewritten = statSync(path).ino;
  for (let i = 0; i < 10; i++) store.commit('g', [change(0, i)]);
  expect(statSync(path).ino).toBe(rewritten);
  store.close();
});

test('a file that cannot be compacted still takes commits, and is compacted later', () => {
  using folder = temporaryFolder();
  const path = join(folder.path, 'offsets');
  const { store, offset, logged } = open(path);
  const inTheWay = `${path}.tmp`;
  mkdirSync(inTheWay);
  let commits = 0;
  while (statSync(path).size < 1.5 * 1024 * 1024) store.commit('g', [change(0, ++commits)]);
  expect(offset(0)).toBe(commits);
  expect(logged).toEqual([{ msg: 'offsets file not compacted', fields: { error: expect.any(String) } }]);
  rmdirSync(inTheWay);
  const size = () => statSync(path).size;
  while (size() > 1024 * 1024) store.commit('g', [change(0, ++commits)]);
  store.close();
  const again = open(path);
  expect(again.offset(0)).toBe(commits);
  again.store.close();
});
