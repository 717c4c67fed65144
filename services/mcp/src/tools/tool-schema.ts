import { describeArgumentErrors } from '@millrace/contracts';
import {
  fromJsonSchema,
  type JsonSchemaType,
  type StandardSchemaWithJSON,
} from '@modelcontextprotocol/server';
import type { Static, TObject } from '@sinclair/typebox';
import { TypeCompiler } from '@sinclair/typebox/compiler';

/**
 * The schema as the SDK takes it. Values are checked by TypeBox, as everywhere in Millrace: the SDK's own validator
 * knows neither our formats nor how to name the argument that is wrong. Compiles; make it once, not per request.
 */
export function toolSchema<Schema extends TObject>(
  schema: Schema,
): StandardSchemaWithJSON<Static<Schema>, Static<Schema>> {
  const compiled = TypeCompiler.Compile(schema);
  return fromJsonSchema<Static<Schema>>(advertised(schema), {
    getValidator:
      <T>() =>
      (value: unknown) =>
        compiled.Check(value)
          ? { valid: true, data: value as T, errorMessage: undefined }
          : {
              valid: false,
              data: undefined,
              errorMessage: describeArgumentErrors(compiled.Errors(value)),
            },
  });
}

/**
 * Clients check schemas too, and some refuse a `format` that JSON Schema does not define. Examples are left out: every
 * client pays for them with its context.
 */
function advertised(schema: TObject): JsonSchemaType {
  const isLeftOut = (key: string, value: unknown) =>
    (key === 'format' && value === 'text') || (key === 'examples' && Array.isArray(value));
  return JSON.parse(JSON.stringify(schema, (key, value) => (isLeftOut(key, value) ? undefined : value)));
}
