import type { Codec } from './codec.ts';

export const RESOURCE_TOPIC = 2;

/** Where a value comes from, in protocol codes. */
export const ConfigSource = { TOPIC: 1, DEFAULT: 5 } as const;

export type DescribeConfigsResource = { type: number; name: string; keys: string[] | null };
export type ConfigEntry = { name: string; value: string; readOnly: boolean; source: number };
export type DescribedResource = {
  error: number;
  message: string | null;
  type: number;
  name: string;
  entries: ConfigEntry[];
};

export const describeConfigs: Codec<DescribeConfigsResource[], DescribedResource[]> = {
  /**
   * DescribeConfigs (32) request: resources [type int8 | name string | keys nullable [string]]
   * | include_synonyms bool (v1+)
   */
  decode: (reader) =>
    reader.array((r) => ({
      type: r.int8(),
      name: r.string(),
      keys: r.nullableArray((k) => k.string()),
    })),

  /**
   * Response: throttle_ms int32 | resources [error int16 | message nullable string | type int8 | name string
   * | entries [name string | value nullable string | read_only bool
   *            | v0: is_default bool; v1+: source int8 | sensitive bool | synonyms [] (v1+)]]
   */
  encode(writer, version, resources) {
    writer.int32(0);
    writer.array(resources, (resource) => {
      writer.int16(resource.error);
      writer.nullableString(resource.message);
      writer.int8(resource.type);
      writer.string(resource.name);
      writer.array(resource.entries, (entry) => {
        writer.string(entry.name);
        writer.nullableString(entry.value);
        writer.boolean(entry.readOnly);
        if (version === 0) writer.boolean(entry.source !== ConfigSource.TOPIC);
        else writer.int8(entry.source);
        writer.boolean(false);
        if (version >= 1) writer.arrayLength(0);
      });
    });
  },
};
