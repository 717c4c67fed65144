import { Kind, type SchemaOptions, type TUnsafe, Type, TypeRegistry } from '@sinclair/typebox';
import { isStorableText } from './text.ts';

const STORABLE_JSON = 'StorableJson';
const DEPTH_MAX = 32;

TypeRegistry.Set(
  STORABLE_JSON,
  (_, value) =>
    typeof value === 'object' && value !== null && !Array.isArray(value) && isStorable(value, DEPTH_MAX),
);

/** A JSON object without NUL or lone surrogates in any string, and not nested deeper than 32 levels: what `jsonb` takes. */
export function StorableJson(options: SchemaOptions = {}): TUnsafe<Record<string, unknown>> {
  return Type.Unsafe<Record<string, unknown>>({ ...options, type: 'object', [Kind]: STORABLE_JSON });
}

function isStorable(value: unknown, depth: number): boolean {
  if (typeof value === 'string') return isStorableText(value);
  if (typeof value !== 'object' || value === null) return true;
  if (depth === 0) return false;
  return Object.entries(value).every(([key, item]) => isStorableText(key) && isStorable(item, depth - 1));
}
