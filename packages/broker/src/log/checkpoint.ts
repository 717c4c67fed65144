import type { ProducerState } from '../producers/producer-table.ts';
import { readJson, replaceFile } from '../storage/durable-file.ts';

/**
 * The state of a segment whose first `bytes` bytes are fsynced, in a JSON file beside it. Written once the
 * segment is closed, and on a clean stop. Recovery trusts it and reads only what follows.
 */
export type Checkpoint = {
  bytes: number;
  nextOffset: number;
  maxTimestamp: number;
  /** At that point. */
  producers: ProducerState;
};

export function writeCheckpoint(path: string, checkpoint: Checkpoint): void {
  replaceFile(path, JSON.stringify(checkpoint));
}

/** Undefined if there is none, or the file lost what it covers. */
export function readCheckpoint(path: string, fileBytes: number): Checkpoint | undefined {
  const checkpoint = readJson(path) as Checkpoint | null | undefined;
  return checkpoint && checkpoint.bytes <= fileBytes ? checkpoint : undefined;
}
