import { describe, expect, test } from 'bun:test';
import {
  copyFileSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { ProducerTable } from '../producers/producer-table.ts';
import { BackgroundWork } from '../storage/background-work.ts';
import { FileCache } from '../storage/file-cache.ts';
import { makeBatch } from '../testing/batches.ts';
import { temporaryFolder } from '../testing/temporary-folder.ts';
import { Writer } from '../wire/writer.ts';
import { IndexCache } from './index-cache.ts';
import { type LogSettings, PartitionLog } from './partition-log.ts';
import { decodeBatchHeader, decodeProducedBatches } from './record-batch.ts';

const FOREVER: LogSettings = { segmentBytes: 1024 * 1024, retentionMs: -1, retentionBytes: -1 };

const background = new BackgroundWork();

/** A folder that goes once nothing is written to it any more. */
function logFolder(): { path: string } & AsyncDisposable {
  const folder = temporaryFolder();
  return {
    path: folder.path,
    async [Symbol.asyncDispose]() {
      await background.finished();
      folder[Symbol.dispose]();
    },
  };
}

function openLog(directory: string, settings: Partial<LogSettings> = {}) {
  const shared = { files: new FileCache(4), indexes: new IndexCache(2), background };
  const log = new PartitionLog(
    directory,
    { ...FOREVER, ...settings },
    shared,
    new ProducerTable(),
    (error) => {
      throw error;
    },
  );
  const report = log.recover();
  return { log, report };
}

function append(log: PartitionLog, values: string[], baseTimestamp?: number): number {
  const batch = makeBatch({ values, ...(baseTimestamp !== undefined && { baseTimestamp }) });
  const decoded = decodeProducedBatches(batch, 1024 * 1024);
  if ('error' in decoded) throw new Error(`refused with ${decoded.error}`);
  return log.append(batch, decoded.batches);
}

/** The first offset of every batch that one read from `offset` gives. */
function readBases(log: PartitionLog, offset: number, bytesMax = 1024 * 1024, oversized = true): number[] {
  const writer = new Writer();
  log.read(writer, offset, bytesMax, oversized);
  const bases: number[] = [];
  for (let at = 0; at < writer.length; ) {
    const batch = decodeBatchHeader(writer.view(), at);
    bases.push(batch.baseOffset);
    at += batch.sizeBytes;
  }
  return bases;
}

describe('reading', () => {
  test('gives whole the batch that holds the offset, and what follows', async () => {
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

  test('never splits a batch, and gives one too large only when asked', async () => {
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

  test('finds every offset across segments, also after a restart', async () => {
    await using folder = logFolder();
    const directory = join(folder.path, '0');
    const { log } = openLog(directory, { segmentBytes: 4096 });
    for (let i = 0; i < 200; i++) append(log, [`${i}`, 'z'.repeat(i)]);
    expect(readdirSync(directory).filter((name) => name.endsWith('.log')).length).toBeGreaterThan(5);
    const reopened = openLog(directory, { segmentBytes: 4096 }).log;
    expect(reopened.endOffset).toBe(400);
    for (const each of [log, reopened]) {
      for (let offset = 0; offset < 400; offset++) {
        expect(readBases(each, offset)[0]).toBe(offset - (offset % 2));
      }
    }
    expect(log.bytesFrom(0)).toBe(log.sizeBytes);
  });
});

describe('recovery', () => {
  test('keeps all but the torn batch, wherever it was cut', async () => {
    await using folder = logFolder();
    const whole = join(folder.path, 'whole');
    const { log } = openLog(whole);
    append(log, ['a', 'b']);
    append(log, ['c']);
    const before = log.sizeBytes;
    append(log, ['torn', 'batch']);
    const after = log.sizeBytes;
    const name = '00000000000000000000.log';
    for (let bytes = before; bytes <= after; bytes++) {
      const directory = join(folder.path, `cut-${bytes}`);
      mkdirSync(directory);
      copyFileSync(join(whole, name), join(directory, name));
      truncateSync(join(directory, name), bytes);
      const { log: recovered, report } = openLog(directory);
      const isWhole = bytes === after;
      expect(recovered.endOffset).toBe(isWhole ? 5 : 3);
      expect(report.cutBytes).toBe(isWhole ? 0 : bytes - before);
      expect(statSync(join(directory, name)).size).toBe(isWhole ? after : before);
      expect(append(recovered, ['next'])).toBe(isWhole ? 5 : 3);
      expect(readBases(recovered, 0)).toEqual(isWhole ? [0, 2, 3, 5] : [0, 2, 3]);
    }
  });

  test.each([
    ['in its records', 65],
    ['in its offset', 7],
    ['in its length', 10],
  ])('cuts at the first batch damaged %s', async (_where, at) => {
    await using folder = logFolder();
    const directory = join(folder.path, '0');
    const { log } = openLog(directory);
    append(log, ['good']);
    const goodBytes = log.sizeBytes;
    append(log, ['damaged']);
    append(log, ['behind it']);
    const path = join(directory, '00000000000000000000.log');
    const content = readFileSync(path);
    content[goodBytes + at]! ^= 0xff;
    writeFileSync(path, content);
    const { log: recovered, report } = openLog(directory);
    expect(recovered.endOffset).toBe(1);
    expect(report.cutBytes).toBe(content.length - goodBytes);
  });

  test('after a clean stop there is nothing to verify, and later batches are found too', async () => {
    await using folder = logFolder();
    const directory = join(folder.path, '0');
    const { log } = openLog(directory);
    append(log, ['before']);
    log.flush();
    append(log, ['after']);
    const { log: recovered, report } = openLog(directory);
    expect(report).toEqual({ cutBytes: 0, droppedSegments: 0 });
    expect(readBases(recovered, 0)).toEqual([0, 1]);
  });

  test('a broken checkpoint is ignored', async () => {
    await using folder = logFolder();
    const directory = join(folder.path, '0');
    const { log } = openLog(directory);
    append(log, ['a']);
    log.flush();
    for (const broken of ['', '{', 'null', '{"bytes":9999999,"nextOffset":5,"maxTimestamp":1,"index":[]}']) {
      writeFileSync(join(directory, '00000000000000000000.checkpoint'), broken);
      expect(openLog(directory).log.endOffset).toBe(1);
    }
  });
});

describe('retention', () => {
  const segmentBytes = 1024;

  test('by size drops the oldest segments and keeps at least the limit', async () => {
    await using folder = logFolder();
    const { log } = openLog(join(folder.path, '0'), { segmentBytes, retentionBytes: 3000 });
    for (let i = 0; i < 40; i++) append(log, ['x'.repeat(300)]);
    log.applyRetention(Date.now());
    expect(log.startOffset).toBeGreaterThan(0);
    expect(log.sizeBytes).toBeGreaterThanOrEqual(3000);
    expect(log.sizeBytes).toBeLessThan(3000 + 2 * segmentBytes);
    expect(readBases(log, log.startOffset)[0]).toBe(log.startOffset);
  });

  test('by age drops what is older, also the last segment, and the end offset stays', async () => {
    await using folder = logFolder();
    const directory = join(folder.path, '0');
    const { log } = openLog(directory, { segmentBytes, retentionMs: 1000 });
    const now = Date.now();
    for (let i = 0; i < 10; i++) append(log, ['x'.repeat(300)], now);
    expect(log.applyRetention(now + 999)).toBe(0);
    expect(log.expiresAtMs).toBe(now + 1000);
    expect(log.applyRetention(now + 1001)).toBeGreaterThan(0);
    expect([log.startOffset, log.endOffset, log.sizeBytes]).toEqual([10, 10, 0]);
    expect(log.expiresAtMs).toBeUndefined();
    const { log: reopened } = openLog(directory, { segmentBytes });
    expect([reopened.startOffset, reopened.endOffset]).toEqual([10, 10]);
    expect(append(reopened, ['next'])).toBe(10);
  });

  test('by age goes by the time of writing where records have none', async () => {
    await using folder = logFolder();
    const { log } = openLog(join(folder.path, '0'), { retentionMs: 60_000 });
    append(log, ['a'], -1);
    expect(log.applyRetention(Date.now())).toBe(0);
    expect(log.expiresAtMs).toBeGreaterThan(Date.now());
    expect(log.applyRetention(Date.now() + 61_000)).toBe(1);
  });

  test('deleteBefore moves the start inside a segment, and a restart remembers', async () => {
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

  test('a start that cannot be stored is not moved', async () => {
    await using folder = logFolder();
    const directory = join(folder.path, '0');
    const { log } = openLog(directory);
    append(log, ['a', 'b']);
    mkdirSync(join(directory, 'log-start-offset.json.tmp'));
    expect(() => log.deleteBefore(1)).toThrow();
    expect(log.startOffset).toBe(0);
  });

  test('a segment whose removal is cut short leaves no checkpoint that outlives it', async () => {
    await using folder = logFolder();
    const directory = join(folder.path, '0');
    const { log } = openLog(directory);
    append(log, ['a']);
    log.flush();
    // A folder in its place, which is not removed as files are.
    rmSync(join(directory, '00000000000000000000.log'));
    mkdirSync(join(directory, '00000000000000000000.log'));
    expect(() => log.deleteBefore(1)).toThrow();
    expect(readdirSync(directory).filter((name) => name.endsWith('.checkpoint'))).toEqual([]);
  });
});

describe('offset for a timestamp', () => {
  test('is the first record at that time or later, in any segment', async () => {
    await using folder = logFolder();
    const { log } = openLog(join(folder.path, '0'), { segmentBytes: 1024 });
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
});
