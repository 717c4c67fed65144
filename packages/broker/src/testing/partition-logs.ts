import { closeSync } from 'node:fs';
import { type LogConfig, PartitionLog } from '../log/partition-log.ts';
import { decodeBatchHeader } from '../log/record-batch.ts';
import type { SegmentFiles } from '../log/segment.ts';
import { ProducerTable } from '../producers/producer-table.ts';
import { BackgroundWork } from '../storage/background-work.ts';
import { LruCache } from '../storage/lru-cache.ts';
import { Writer } from '../wire/writer.ts';
import { makeBatch } from './batches.ts';
import { temporaryFolder } from './temporary-folder.ts';

const FOREVER: LogConfig = { 'segment.bytes': 1024 * 1024, 'retention.ms': -1, 'retention.bytes': -1 };

export const INDEXES_MAX = 2;

const background = new BackgroundWork((error) => {
  throw error;
});

/** A folder that is removed once nothing writes to it any more. */
export function logFolder(): { path: string } & AsyncDisposable {
  const folder = temporaryFolder();
  return {
    path: folder.path,
    async [Symbol.asyncDispose]() {
      await background.finished();
      folder[Symbol.dispose]();
    },
  };
}

/** Resolves once every closed segment has its checkpoint. */
export const checkpointed = () => background.finished();

export function openLog(directory: string, config: Partial<LogConfig> = {}) {
  const shared: SegmentFiles = {
    descriptors: new LruCache(4, closeSync),
    indexes: new LruCache(INDEXES_MAX),
    background,
  };
  const producers = new ProducerTable();
  const log = new PartitionLog(directory, { ...FOREVER, ...config }, shared, producers);
  const report = log.recover();
  return { log, producers, report, shared };
}

export function append(log: PartitionLog, values: string[], baseTimestamp?: number, attributes = 0): number {
  const batch = makeBatch({ values, attributes, ...(baseTimestamp !== undefined && { baseTimestamp }) });
  return log.append(batch, decodeBatchHeader(batch, 0));
}

/** The base offset of every batch that a read from `offset` returns. */
export function readBases(
  log: PartitionLog,
  offset: number,
  bytesMax = 1024 * 1024,
  oversized = true,
): number[] {
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
