import type { Reader } from './reader.ts';
import type { Writer } from './writer.ts';

export type AlterConfigsRequest = {
  resources: { type: number; name: string; changes: { name: string; value: string | null }[] }[];
  validateOnly: boolean;
};

/**
 * AlterConfigs (33) request: resources [type int8 | name string | configs [name string | value nullable]]
 * | validate_only bool          What is not named reverts to its default.
 */
export function decodeAlterConfigsRequest(reader: Reader): AlterConfigsRequest {
  const resources = reader.array((r) => ({
    type: r.int8(),
    name: r.string(),
    changes: r.array((c) => ({ name: c.string(), value: c.nullableString() })),
  }));
  return { resources, validateOnly: reader.boolean() };
}

export type AlteredResource = { error: number; message: string | null; type: number; name: string };

/** Response: throttle_ms int32 | resources [error int16 | message nullable | type int8 | name string] */
export function encodeAlterConfigsResponse(writer: Writer, resources: AlteredResource[]): void {
  writer.int32(0);
  writer.array(resources, (resource) => {
    writer.int16(resource.error);
    writer.nullableString(resource.message);
    writer.int8(resource.type);
    writer.string(resource.name);
  });
}
