import type { Reader } from './reader.ts';

export const ConfigOperation = { SET: 0, DELETE: 1 } as const;

export type ConfigChange = { name: string; operation: number; value: string | null };
export type IncrementalAlterConfigsRequest = {
  resources: { type: number; name: string; changes: ConfigChange[] }[];
  validateOnly: boolean;
};

/**
 * IncrementalAlterConfigs (44) request: resources [type int8 | name string | configs [name string | operation int8 |
 * value nullable]] | validate_only bool          Unnamed settings stay. The response is that of AlterConfigs.
 */
export function decodeIncrementalAlterConfigsRequest(reader: Reader): IncrementalAlterConfigsRequest {
  const resources = reader.array((r) => ({
    type: r.int8(),
    name: r.string(),
    changes: r.array((c) => ({ name: c.string(), operation: c.int8(), value: c.nullableString() })),
  }));
  return { resources, validateOnly: reader.boolean() };
}
