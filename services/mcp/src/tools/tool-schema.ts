import type { TObject } from '@sinclair/typebox';

type JsonSchema = { type: 'object' } & Record<string, unknown>;

/** Those of JSON Schema that tools have: a strict client refuses a tool with any other. */
const FORMATS = new Set(['date-time', 'uuid']);
/** What says no more than `format` beside it. */
const REPETITIVE = new Set(['RFC 3339', 'UUIDv7']);

/**
 * The schema as clients are shown it, who check it too. What tells a reader nothing new is left out: every client may pay for it with
 * its context.
 */
export function advertised(schema: TObject): JsonSchema {
  const isLeftOut = (key: string, value: unknown) =>
    (key === 'format' && !FORMATS.has(String(value))) ||
    (key === 'examples' && Array.isArray(value)) ||
    (key === 'description' && REPETITIVE.has(String(value)));
  return JSON.parse(JSON.stringify(schema, (key, value) => (isLeftOut(key, value) ? undefined : value)));
}
