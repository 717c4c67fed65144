import { Kind, type SchemaOptions, type TUnsafe, Type, TypeRegistry } from '@sinclair/typebox';
import { isStorableText } from './text.ts';

export const STORABLE_JSON = 'StorableJson';
export const STORABLE_DEPTH_MAX = 32;

TypeRegistry.Set(STORABLE_JSON, (_, value) => whyNotStorable(value) === null);

/** A JSON object without NUL or lone surrogates in any string, and not nested deeper than 32 levels: what Postgres can store. */
export function StorableJson(options: SchemaOptions = {}): TUnsafe<Record<string, unknown>> {
  return Type.Unsafe<Record<string, unknown>>({ ...options, type: 'object', [Kind]: STORABLE_JSON });
}

/** Why a value is not an object that can be stored; null if it is. */
export function whyNotStorable(value: unknown): 'no object' | 'text' | 'depth' | null {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return 'no object';
  return faultIn(value, STORABLE_DEPTH_MAX);
}

function faultIn(value: unknown, depthLeft: number): 'text' | 'depth' | null {
  if (typeof value === 'string') return isStorableText(value) ? null : 'text';
  if (typeof value !== 'object' || value === null) return null;
  if (depthLeft === 0) return 'depth';
  for (const [key, item] of Object.entries(value)) {
    const fault = isStorableText(key) ? faultIn(item, depthLeft - 1) : 'text';
    if (fault) return fault;
  }
  return null;
}
