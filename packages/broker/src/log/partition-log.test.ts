import { describe, expect, test } from 'bun:test';
import { readdirSync, readlinkSync } from 'node:fs';
import { join } from 'node:path';
import {
  append,
  checkpointed,
  INDEXES_MAX,
  logFolder,
  openLog,
  readBases,
} from '../testing/partition-logs.ts';

describe('reading', () => {
  test('returns whole the batch that holds the offset, and what follows', async () => {
    await using folder = logFolder();
    const { log } = openLog(join(folder.path, '0'));
    append(log, ['a', 'b', 'c']);
    append(log, ['d', 'e']);
    append(log, ['f']);
    expect(log.endOffset).toBe(6);
    expect(readBases(log, 0)).toEqual([0, 3, 5]);
    expect(readBases(log, 4)).toEqual([3, 5]);
    expect(readBases(log, 5)).toEqual([5]);
    expect(readBases(log, 6)).toEqual([]);
  });

  test('never splits a batch, and returns an oversized one only if asked to', async () => {
    await using folder = logFolder();
    const { log } = openLog(join(folder.path, '0'));
    append(log, ['x'.repeat(500)]);
    append(log, ['y'.repeat(500)]);
    const oneBatch = log.sizeBytes / 2;
    expect(readBases(log, 0, oneBatch)).toEqual([0]);
    expect(readBases(log, 0, oneBatch * 2 - 1)).toEqual([0]);
    expect(readBases(log, 0, oneBatch * 2)).toEqual([0, 1]);
    expect(readBases(log, 0, 10, false)).toEqual([]);
    expect(readBases(log, 0, 10, true)).toEqual([0]);
  });

  test.each([
    ['across segments', 4096, 9],
    ['within a segment', 1024 * 1024, 1],
  ])('finds every offset %s, after a restart too', async (_where, segmentBytes, segments) => {
    await using folder = logFolder();
    const directory = join(folder.path, '0');
    const { log } = openLog(directory, { 'segment.bytes': segmentBytes });
    for (let i = 0; i < 200; i++) append(log, [`${i}`, 'z'.repeat(i)]);
    expect(readdirSync(directory).filter((name) => name.endsWith('.log')).length).toBe(segments);
    const crashed = openLog(directory).log;
    log.flush();
    const stopped = openLog(directory).log;
    for (const each of [log, crashed, stopped]) {
      expect(each.endOffset).toBe(400);
      for (let offset = 0; offset < 400; offset++) {
        expect(readBases(each, offset)[0]).toBe(offset - (offset % 2));
      }
    }
    expect(log.bytesFrom(0)).toBe(log.sizeBytes);
  });

  test('from within many closed segments keeps the indexes of a few', async () => {
    await using folder = logFolder();
    const directory = join(folder.path, '0');
    const { log } = openLog(directory, { 'segment.bytes': 500 });
    for (let i = 0; i < 60; i++) append(log, [`${i}`]);
    await checkpointed();
    const { log: opened, shared } = openLog(directory);
    for (const each of [log, opened]) {
      for (let offset = 59; offset >= 0; offset--) expect(readBases(each, offset, 1)).toEqual([offset]);
    }
    expect(shared.indexes.size).toBe(INDEXES_MAX);
    opened.deleteBefore(60);
    expect(shared.indexes.size).toBe(0);
  });
});

test.skipIf(process.platform !== 'linux')(
  'closing many segments at once opens few files at a time',
  async () => {
    await using folder = logFolder();
    const directory = join(folder.path, '0');
    const { log } = openLog(directory, { 'segment.bytes': 100 });
    for (let count = 0; count < 60; count++) append(log, ['x'.repeat(50)]);
    const checkpoints = () => readdirSync(directory).filter((name) => name.endsWith('.checkpoint')).length;
    let most = 0;
    while (checkpoints() < 59) {
      most = Math.max(most, openFilesIn(directory));
      await new Promise((resolve) => setImmediate(resolve));
    }
    // The cached ones, and one that is being written to disk.
    expect(most).toBeLessThanOrEqual(4 + 1);
  },
);

function openFilesIn(directory: string): number {
  const paths = readdirSync('/proc/self/fd').map((fd) => {
    try {
      return readlinkSync(`/proc/self/fd/${fd}`);
    } catch {
      // Closed meanwhile.
      return '';
    }
  });
  return paths.filter((path) => path.startsWith(directory)).length;
}
