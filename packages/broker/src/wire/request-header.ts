import type { Reader } from './reader.ts';

export type RequestHeader = {
  apiKey: number;
  apiVersion: number;
  correlationId: number;
  clientId: string | null;
};

/** Request header:  api_key int16 | api_version int16 | correlation_id int32 | client_id nullable string */
export function decodeRequestHeader(reader: Reader): RequestHeader {
  return {
    apiKey: reader.int16(),
    apiVersion: reader.int16(),
    correlationId: reader.int32(),
    clientId: reader.nullableString(),
  };
}
