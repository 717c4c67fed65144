import { readJson, replaceFile } from '../storage/durable-file.ts';

/**
 * The state of a segment whose first `bytes` bytes are fsynced, in a JSON file beside it. Written once the
 * segment is closed, and on a clean stop. Recovery trusts it and reads only what follows.
 */
export type Checkpoint = {
  bytes: number;
  nextOffset: number;
  maxTimestamp: number;
  /** Producer state at that point, from ProducerTable.toJSON. */
  producers: unknown;
};

export function writeCheckpoint(path: string, checkpoint: Checkpoint): void {
  replaceFile(path, JSON.stringify(checkpoint));
}

/** The checkpoint of a file of `fileBytes`, or undefined if there is no valid one. */
export function readCheckpoint(path: string, fileBytes: number): Checkpoint | undefined {
  const value = readJson(path) as Record<string, unknown> | null | undefined;
  if (value === null || typeof value !== 'object') return undefined;
  const { bytes, nextOffset, maxTimestamp, producers } = value;
  if (typeof bytes !== 'number' || bytes > fileBytes) return undefined;
  if (typeof nextOffset !== 'number' || typeof maxTimestamp !== 'number') return undefined;
  return { bytes, nextOffset, maxTimestamp, producers };
}
