import { describe, expect, test } from 'bun:test';
import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { Glob } from 'bun';
import { append, checkpointed, logFolder, openLog } from '../testing/partition-logs.ts';

/** The batch's attributes claim it; the broker does not look inside. */
const GZIP = 1;

describe('offset for a timestamp', () => {
  test('is that of the first record at or after that time, in any segment', async () => {
    await using folder = logFolder();
    const { log } = openLog(join(folder.path, '0'), { 'segment.bytes': 1024 });
    // Two records each, at 1000 and 1001, at 1010 and 1011, …
    for (let i = 0; i < 50; i++) append(log, ['v'.repeat(100), 'v'], 1000 + 10 * i);
    expect(log.offsetForTimestamp(0)).toEqual({ offset: 0, timestamp: 1000 });
    expect(log.offsetForTimestamp(1001)).toEqual({ offset: 1, timestamp: 1001 });
    expect(log.offsetForTimestamp(1002)).toEqual({ offset: 2, timestamp: 1010 });
    expect(log.offsetForTimestamp(1491)).toEqual({ offset: 99, timestamp: 1491 });
    expect(log.offsetForTimestamp(1492)).toBeUndefined();
    log.deleteBefore(5);
    expect(log.offsetForTimestamp(0)?.offset).toBe(5);
  });

  test('is found in segments of any length, in any order of times, and after any restart', async () => {
    await using folder = logFolder();
    const settings = { 'segment.bytes': 100 * 1024 };
    const crashed = openLog(join(folder.path, '0'), settings).log;
    const stopped = openLog(join(folder.path, '1'), settings).log;
    // The producers' clocks differ: every other batch is 5 s late.
    const time = (i: number) => 10_000 + 10 * i - (i % 2) * 5_000;
    for (const log of [crashed, stopped]) {
      for (let i = 0; i < 300; i++) append(log, ['v'.repeat(1000)], time(i));
    }
    stopped.flush();
    await checkpointed();
    for (const checkpoint of new Glob('*.checkpoint').scanSync(join(folder.path, '0'))) {
      rmSync(join(folder.path, '0', checkpoint));
    }
    const reopened = ['0', '1'].map((name) => openLog(join(folder.path, name), settings).log);
    for (const log of [crashed, ...reopened]) {
      for (let i = 0; i < 300; i += 2) expect(log.offsetForTimestamp(time(i))?.offset).toBe(i);
      expect(log.offsetForTimestamp(time(298) + 1)).toBeUndefined();
    }
  });

  test('never comes from a deleted record, nor does its time', async () => {
    await using folder = logFolder();
    const { log } = openLog(join(folder.path, '0'));
    append(log, ['a', 'b'], 2000);
    append(log, ['c', 'd'], 1000);
    append(log, ['e'], 3000);
    log.deleteBefore(1);
    expect(log.offsetForTimestamp(0)).toEqual({ offset: 1, timestamp: 2001 });
    log.deleteBefore(3);
    expect(log.offsetForTimestamp(1000)).toEqual({ offset: 3, timestamp: 1001 });
    expect(log.offsetForTimestamp(2000)).toEqual({ offset: 4, timestamp: 3000 });
    log.deleteBefore(5);
    expect(log.offsetForTimestamp(0)).toBeUndefined();
  });

  test('in a compressed batch is that of its first record not deleted', async () => {
    await using folder = logFolder();
    const { log } = openLog(join(folder.path, '0'));
    append(log, ['a', 'b'], 1000, GZIP);
    append(log, ['c', 'd'], 2000, GZIP);
    expect(log.offsetForTimestamp(1001)).toEqual({ offset: 0, timestamp: 1000 });
    log.deleteBefore(1);
    expect(log.offsetForTimestamp(0)).toEqual({ offset: 1, timestamp: 1000 });
    log.deleteBefore(2);
    expect(log.offsetForTimestamp(0)).toEqual({ offset: 2, timestamp: 2000 });
  });
});
