import { type ObjectOptions, type TProperties, Type } from '@sinclair/typebox';

/** An object that refuses unknown fields. */
export function StrictObject<Properties extends TProperties>(
  properties: Properties,
  options: ObjectOptions = {},
) {
  return Type.Object(properties, { additionalProperties: false, ...options });
}
