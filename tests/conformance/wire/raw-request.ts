/** Requests as bytes, for cases that send what no client would. */

export const ApiKey = { Produce: 0, Fetch: 1, Metadata: 3, JoinGroup: 11, ApiVersions: 18 } as const;

export interface RawRequest {
  apiKey: number;
  apiVersion: number;
  correlationId: number;
  clientId?: string | null;
  body?: Buffer;
}

/*
  Request => length api_key api_version correlation_id client_id body    (header version 1)
    length => INT32, of all that follows
    api_key, api_version => INT16
    correlation_id => INT32
    client_id => NULLABLE_STRING
*/
export function rawRequest({
  apiKey,
  apiVersion,
  correlationId,
  clientId = 'raw',
  body,
}: RawRequest): Buffer {
  const header = Buffer.alloc(8);
  header.writeInt16BE(apiKey, 0);
  header.writeInt16BE(apiVersion, 2);
  header.writeInt32BE(correlationId, 4);
  return frameOf(Buffer.concat([header, nullableString(clientId), body ?? Buffer.alloc(0)]));
}

export function frameOf(payload: Buffer, declaredLength = payload.length): Buffer {
  return Buffer.concat([int32(declaredLength), payload]);
}

/** ApiVersions as sent by a future client: from version 3 on the header ends in tagged fields (here none). */
export function futureApiVersionsRequest(correlationId: number): Buffer {
  const noTaggedFields = Buffer.from([0]);
  // client_software_name and client_software_version as compact strings, then the body's own tagged fields.
  const body = Buffer.concat([noTaggedFields, Buffer.from('\x04raw\x021'), noTaggedFields]);
  return rawRequest({ apiKey: ApiKey.ApiVersions, apiVersion: 999, correlationId, body });
}

export function apiVersionsRequest(correlationId: number): Buffer {
  return rawRequest({ apiKey: ApiKey.ApiVersions, apiVersion: 0, correlationId });
}

/** Metadata v1 of one topic. */
export function metadataRequest(correlationId: number, topic: string): Buffer {
  const body = Buffer.concat([int32(1), nullableString(topic)]);
  return rawRequest({ apiKey: ApiKey.Metadata, apiVersion: 1, correlationId, body });
}

/** Fetch v4 of partition 0 from `offset`, waiting up to `maxWaitMs` for one byte. */
export function fetchRequest(
  correlationId: number,
  topic: string,
  { offset, maxWaitMs }: { offset: number; maxWaitMs: number },
): Buffer {
  const body = Buffer.concat([
    int32(-1), // replica_id
    int32(maxWaitMs),
    int32(1), // min_bytes
    int32(1_000_000), // max_bytes
    Buffer.from([0]), // isolation_level
    int32(1), // topics
    nullableString(topic),
    int32(1), // partitions
    int32(0), // partition
    int64(offset),
    int32(1_000_000), // partition_max_bytes
  ]);
  return rawRequest({ apiKey: ApiKey.Fetch, apiVersion: 4, correlationId, body });
}

export function int16(value: number): Buffer {
  const bytes = Buffer.alloc(2);
  bytes.writeInt16BE(value);
  return bytes;
}

export function int32(value: number): Buffer {
  const bytes = Buffer.alloc(4);
  bytes.writeInt32BE(value);
  return bytes;
}

export function int64(value: number): Buffer {
  const bytes = Buffer.alloc(8);
  bytes.writeBigInt64BE(BigInt(value));
  return bytes;
}

export function nullableString(value: string | null): Buffer {
  return value === null ? int16(-1) : Buffer.concat([int16(Buffer.byteLength(value)), Buffer.from(value)]);
}
