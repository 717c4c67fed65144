import type { Reader } from './reader.ts';

export type RequestHeader = {
  apiKey: number;
  apiVersion: number;
  correlationId: number;
  clientId: string | null;
};

/**
 * Request header v1:  api_key int16 | api_version int16 | correlation_id int32 | client_id nullable string
 * Request header v2:  the same, then tagged fields. client_id keeps its int16 length even in v2.
 */
export function decodeRequestHeader(
  reader: Reader,
  isFlexible: (apiKey: number, apiVersion: number) => boolean,
): RequestHeader {
  const apiKey = reader.int16();
  const apiVersion = reader.int16();
  const correlationId = reader.int32();
  const clientId = reader.nullableString();
  if (isFlexible(apiKey, apiVersion)) {
    reader.flexible = true;
    reader.tags();
  }
  return { apiKey, apiVersion, correlationId, clientId };
}
