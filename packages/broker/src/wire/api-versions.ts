import type { Writer } from './writer.ts';

export type ApiRange = { key: number; min: number; max: number };

/**
 * ApiVersions (18). What a request holds besides its header is ignored.
 *
 * Response v0:    error int16 | [api_key int16 | min int16 | max int16]
 *          v1–2:  … | throttle_ms int32
 *          v3:    the same in the compact form of KIP-482, which no other supported version uses: before an array, its
 *                 length + 1 as a varint; after each structure, the number of its tagged fields
 */
export function encodeApiVersionsResponse(
  writer: Writer,
  version: number,
  error: number,
  ranges: ApiRange[],
): void {
  const isCompact = version >= 3;
  writer.int16(error);
  if (isCompact) writer.int8(ranges.length + 1);
  else writer.arrayLength(ranges.length);
  for (const range of ranges) {
    writer.int16(range.key);
    writer.int16(range.min);
    writer.int16(range.max);
    if (isCompact) writer.int8(0);
  }
  if (version >= 1) writer.int32(0);
  if (isCompact) writer.int8(0);
}
