import { ApiKey } from '../server/apis.ts';
import type { WireClient } from './wire-client.ts';

export type SessionFetch = {
  id?: number;
  epoch: number;
  /** Offsets by partition. */
  topic?: Record<number, number>;
  forgotten?: number[];
  waitMs?: number;
  bytesMax?: number;
};

/** Fetches partitions of the topic `t` in a session. */
export async function fetchInSession(client: WireClient, options: SessionFetch) {
  const { id = 0, epoch, topic = {}, forgotten = [], waitMs = 0, bytesMax = 1024 * 1024 } = options;
  const reader = await client.call(ApiKey.Fetch, 11, (w) => {
    w.int32(-1);
    w.int32(waitMs);
    w.int32(1);
    w.int32(bytesMax);
    w.int8(0);
    w.int32(id);
    w.int32(epoch);
    const asked = Object.entries(topic);
    w.array(asked.length > 0 ? ['t'] : [], (name) => {
      w.string(name);
      w.array(asked, ([index, offset]) => {
        w.int32(Number(index));
        w.int32(-1);
        w.int64(offset);
        w.int64(-1);
        w.int32(1024 * 1024);
      });
    });
    w.array(forgotten.length > 0 ? ['t'] : [], (name) => {
      w.string(name);
      w.array(forgotten, (index) => w.int32(index));
    });
    w.string('');
  });
  reader.int32();
  const error = reader.int16();
  const sessionId = reader.int32();
  const partitions = reader.array((t) => {
    t.string();
    return t.array((p) => {
      const index = p.int32();
      const partitionError = p.int16();
      const highWatermark = p.int64();
      p.int64();
      p.int64();
      p.nullableArray(() => {});
      p.int32();
      return { index, error: partitionError, highWatermark, bytes: p.bytes().length };
    });
  });
  return { error, sessionId, partitions: partitions.flat().sort((a, b) => a.index - b.index) };
}
