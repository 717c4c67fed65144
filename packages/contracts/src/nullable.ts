import { type TSchema, Type } from '@sinclair/typebox';

/** A value that is always present but may be null, as in the API's answers. */
export function Nullable<Schema extends TSchema>(schema: Schema) {
  return Type.Union([schema, Type.Null()]);
}
