import { describe, expect, test } from 'bun:test';
import { mkdirSync, readdirSync, rmSync, truncateSync } from 'node:fs';
import { join } from 'node:path';
import { append, logFolder, openLog, readBases } from '../testing/partition-logs.ts';

describe('retention', () => {
  const segmentBytes = 1024;

  test('by size drops the oldest segments and keeps at least the limit', async () => {
    await using folder = logFolder();
    const { log } = openLog(join(folder.path, '0'), {
      'segment.bytes': segmentBytes,
      'retention.bytes': 3000,
    });
    for (let i = 0; i < 40; i++) append(log, ['x'.repeat(300)]);
    expect(log.startOffset).toBeGreaterThan(0);
    expect(log.sizeBytes).toBeGreaterThanOrEqual(3000);
    expect(log.sizeBytes).toBeLessThan(3000 + 2 * segmentBytes);
    expect(readBases(log, log.startOffset)[0]).toBe(log.startOffset);
  });

  test('by age drops what is older, the last segment too, and keeps the end offset', async () => {
    await using folder = logFolder();
    const directory = join(folder.path, '0');
    const { log } = openLog(directory, { 'segment.bytes': segmentBytes, 'retention.ms': 1000 });
    const now = Date.now();
    for (let i = 0; i < 10; i++) append(log, ['x'.repeat(300)], now);
    expect(log.applyRetention(now + 999)).toBe(0);
    expect(log.applyRetention(now + 1001)).toBeGreaterThan(0);
    expect([log.startOffset, log.endOffset, log.sizeBytes]).toEqual([10, 10, 0]);
    expect(log.applyRetention(now + 3_600_000)).toBe(0);
    const { log: reopened } = openLog(directory, { 'segment.bytes': segmentBytes, 'retention.ms': 1000 });
    expect([reopened.startOffset, reopened.endOffset]).toEqual([10, 10]);
    expect(append(reopened, ['x'.repeat(2 * segmentBytes)], now)).toBe(10);
    expect(append(reopened, ['next'], now)).toBe(11);
    expect([readBases(reopened, 10), readBases(reopened, 11)]).toEqual([[10], [11]]);
    expect(reopened.applyRetention(now + 1001)).toBe(2);
  });

  test('by age uses the time of writing where records have none', async () => {
    await using folder = logFolder();
    const { log } = openLog(join(folder.path, '0'), { 'retention.ms': 60_000 });
    append(log, ['a'], -1);
    expect(log.applyRetention(Date.now())).toBe(0);
    expect(log.applyRetention(Date.now() + 61_000)).toBe(1);
  });

  test('deleteBefore moves the start within a segment, and a restart keeps it', async () => {
    await using folder = logFolder();
    const directory = join(folder.path, '0');
    const { log } = openLog(directory);
    append(log, ['a', 'b', 'c']);
    log.deleteBefore(2);
    expect(log.startOffset).toBe(2);
    log.deleteBefore(1);
    expect(log.startOffset).toBe(2);
    expect(openLog(directory).log.startOffset).toBe(2);
    log.deleteBefore(3);
    expect([log.startOffset, log.endOffset, log.sizeBytes]).toEqual([3, 3, 0]);
    expect(openLog(directory).log.endOffset).toBe(3);
  });

  test('deleteBefore with an offset within a later segment keeps it, too', async () => {
    await using folder = logFolder();
    const directory = join(folder.path, '0');
    const { log } = openLog(directory, { 'segment.bytes': segmentBytes });
    for (let i = 0; i < 3; i++) append(log, ['x'.repeat(segmentBytes), 'a', 'b']);
    log.deleteBefore(4);
    expect(log.startOffset).toBe(4);
    expect(openLog(directory).log.startOffset).toBe(4);
  });

  test('a log that lost its end beyond the stored start is empty', async () => {
    await using folder = logFolder();
    const directory = join(folder.path, '0');
    const { log } = openLog(directory);
    append(log, ['a']);
    const bytes = log.sizeBytes;
    append(log, ['b', 'c']);
    log.deleteBefore(2);
    truncateSync(join(directory, '00000000000000000000.log'), bytes + 1);
    const { log: reopened } = openLog(directory);
    expect([reopened.startOffset, reopened.endOffset]).toEqual([1, 1]);
    expect(append(reopened, ['next'])).toBe(1);
  });

  test('a start offset that cannot be stored does not move', async () => {
    await using folder = logFolder();
    const directory = join(folder.path, '0');
    const { log } = openLog(directory);
    append(log, ['a', 'b']);
    mkdirSync(join(directory, 'log-start-offset.json.tmp'));
    expect(() => log.deleteBefore(1)).toThrow();
    expect(log.startOffset).toBe(0);
  });

  test('a segment whose removal is interrupted leaves no checkpoint behind', async () => {
    await using folder = logFolder();
    const directory = join(folder.path, '0');
    const { log } = openLog(directory);
    append(log, ['a']);
    log.flush();
    // A folder in its place, which cannot be removed like a file.
    rmSync(join(directory, '00000000000000000000.log'));
    mkdirSync(join(directory, '00000000000000000000.log'));
    expect(() => log.deleteBefore(1)).toThrow();
    expect(readdirSync(directory).filter((name) => name.endsWith('.checkpoint'))).toEqual([]);
  });
});
