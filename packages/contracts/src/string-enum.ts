import { Kind, Type, TypeRegistry } from '@sinclair/typebox';

const STRING_ENUM = 'StringEnum';

TypeRegistry.Set(STRING_ENUM, (schema: { enum: readonly unknown[] }, value) => schema.enum.includes(value));

/**
 * One of several strings. TypeBox does not check the `enum` of a `Type.String`, and a union of literals reads
 * badly in OpenAPI, so this is a kind of its own.
 */
export function StringEnum<const Values extends readonly string[]>(
  values: Values,
  options: { description?: string } = {},
) {
  return Type.Unsafe<Values[number]>({ ...options, [Kind]: STRING_ENUM, type: 'string', enum: values });
}
