import type { Reader } from './reader.ts';
import type { Writer } from './writer.ts';

export type ConfigChange = { name: string; value: string | null };
export type AlterConfigsResource = { type: number; name: string; changes: ConfigChange[] };
export type AlterConfigsRequest = { resources: AlterConfigsResource[]; validateOnly: boolean };

/** Operations of IncrementalAlterConfigs. Lists are not supported: no setting here is one. */
export const ConfigOperation = { SET: 0, DELETE: 1 } as const;

/**
 * AlterConfigs (33) request: resources [type int8 | name string | configs [name string | value nullable]]
 * | validate_only bool          What is not named returns to its default.
 */
export function decodeAlterConfigsRequest(reader: Reader): AlterConfigsRequest {
  const resources = reader.array((r) => ({
    type: r.int8(),
    name: r.string(),
    changes: r.array((c) => ({ name: c.string(), value: c.nullableString() })),
  }));
  return { resources, validateOnly: reader.boolean() };
}

export type IncrementalResource = {
  type: number;
  name: string;
  changes: (ConfigChange & { operation: number })[];
};

/**
 * IncrementalAlterConfigs (44) request: resources [type int8 | name string
 * | configs [name string | operation int8 | value nullable string]] | validate_only bool
 */
export function decodeIncrementalAlterConfigsRequest(reader: Reader) {
  const resources: IncrementalResource[] = reader.array((r) => ({
    type: r.int8(),
    name: r.string(),
    changes: r.array((c) => ({ name: c.string(), operation: c.int8(), value: c.nullableString() })),
  }));
  return { resources, validateOnly: reader.boolean() };
}

export type AlteredResource = { error: number; message: string | null; type: number; name: string };

/** Response of both: throttle_ms int32 | resources [error int16 | message nullable | type int8 | name string] */
export function encodeAlterConfigsResponse(writer: Writer, resources: AlteredResource[]): void {
  writer.int32(0);
  writer.array(resources, (resource) => {
    writer.int16(resource.error);
    writer.nullableString(resource.message);
    writer.int8(resource.type);
    writer.string(resource.name);
  });
}
