import type { Writer } from './writer.ts';

export type ApiRange = { key: number; min: number; max: number };

/**
 * ApiVersions (18). Request v0–2 is empty; v3 (flexible) names the client, which is ignored.
 *
 * Response v0:    error int16 | [api_key int16 | min int16 | max int16]
 *          v1–2:  … | throttle_ms int32
 *          v3:    the same in compact form. Its header stays v0, so that a client can read it before it
 *                 knows the broker's versions.
 */
export function encodeApiVersionsResponse(
  writer: Writer,
  version: number,
  error: number,
  ranges: ApiRange[],
): void {
  writer.flexible = version >= 3;
  writer.int16(error);
  writer.array(ranges, (range) => {
    writer.int16(range.key);
    writer.int16(range.min);
    writer.int16(range.max);
    writer.tags();
  });
  if (version >= 1) writer.int32(0);
  writer.tags();
}
