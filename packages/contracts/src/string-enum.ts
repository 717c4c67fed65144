import { Kind, Type, TypeRegistry } from '@sinclair/typebox';

const STRING_ENUM = 'StringEnum';
const EXTENSIBLE_ENUM = 'ExtensibleEnum';

TypeRegistry.Set(STRING_ENUM, (schema: { enum: readonly unknown[] }, value) => schema.enum.includes(value));
TypeRegistry.Set(EXTENSIBLE_ENUM, (schema: { 'x-extensible-enum': readonly unknown[] }, value) =>
  schema['x-extensible-enum'].includes(value),
);

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

/**
 * The same for answers to which later versions may add values. Many generated clients refuse a value that the
 * `enum` of their version lacks, and with it the whole answer, such as that of a batch.
 */
export function ExtensibleEnum<const Values extends readonly string[]>(values: Values, description: string) {
  return Type.Unsafe<Values[number]>({
    [Kind]: EXTENSIBLE_ENUM,
    type: 'string',
    'x-extensible-enum': values,
    description,
  });
}
