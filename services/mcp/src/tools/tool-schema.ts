import type { TObject } from '@sinclair/typebox';

export type JsonSchema = { type: 'object' } & Record<string, unknown>;

/** JSON Schema's own, as far as tools use them: a strict client refuses a tool with any other. */
const FORMATS = new Set(['date-time', 'uuid']);
/** Descriptions that only repeat the `format`. */
const REPETITIVE = new Set(['RFC 3339', 'UUIDv7']);

/**
 * The schema as clients get it, to read and to validate with. What tells a reader nothing new is left out: it
 * would cost every client context.
 */
export function advertised(schema: TObject): JsonSchema {
  const isLeftOut = (key: string, value: unknown) =>
    (key === 'format' && !FORMATS.has(String(value))) ||
    (key === 'examples' && Array.isArray(value)) ||
    (key === 'description' && REPETITIVE.has(String(value)));
  return JSON.parse(JSON.stringify(schema, (key, value) => (isLeftOut(key, value) ? undefined : value)));
}
