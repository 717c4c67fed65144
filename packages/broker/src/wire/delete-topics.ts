import type { TopicOutcome } from './create-topics.ts';
import type { Reader } from './reader.ts';
import type { Writer } from './writer.ts';

/** DeleteTopics (20) request: names [string] | timeout_ms int32 */
export function decodeDeleteTopicsRequest(reader: Reader): string[] {
  const names = reader.array((r) => r.string());
  reader.int32();
  return names;
}

/** Response: throttle_ms int32 (v1+) | topics [name string | error int16] */
export function encodeDeleteTopicsResponse(writer: Writer, version: number, topics: TopicOutcome[]): void {
  if (version >= 1) writer.int32(0);
  writer.array(topics, (topic) => {
    writer.string(topic.name);
    writer.int16(topic.error);
  });
}
