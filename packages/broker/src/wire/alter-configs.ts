import type { Codec } from './codec.ts';

export const ConfigOperation = { SET: 0, DELETE: 1 } as const;

export type ConfigChange = { name: string; operation: number; value: string | null };
export type AlteredResource = { type: number; name: string; changes: ConfigChange[] };
type AlterConfigsRequest = { resources: AlteredResource[]; validateOnly: boolean };
export type AlterConfigsOutcome = { error: number; message: string | null; type: number; name: string };

/**
 * AlterConfigs (33) request: resources [type int8 | name string | configs [name string | value nullable]]
 * | validate_only bool          What is not named reverts to its default.
 * IncrementalAlterConfigs (44) request: the same with an operation int8 before each value. Unnamed ones stay.
 */
function codec(isIncremental: boolean): Codec<AlterConfigsRequest, AlterConfigsOutcome[]> {
  return {
    decode(reader) {
      const resources = reader.array((r) => ({
        type: r.int8(),
        name: r.string(),
        changes: r.array((c) => ({
          name: c.string(),
          operation: isIncremental ? c.int8() : ConfigOperation.SET,
          value: c.nullableString(),
        })),
      }));
      return { resources, validateOnly: reader.boolean() };
    },

    /** Response: throttle_ms int32 | resources [error int16 | message nullable | type int8 | name string] */
    encode(writer, _version, outcomes) {
      writer.int32(0);
      writer.array(outcomes, (outcome) => {
        writer.int16(outcome.error);
        writer.nullableString(outcome.message);
        writer.int8(outcome.type);
        writer.string(outcome.name);
      });
    },
  };
}

export const alterConfigs = codec(false);
export const incrementalAlterConfigs = codec(true);
