import type { Static, TSchema } from '@sinclair/typebox';
import { Value } from '@sinclair/typebox/value';
import { createEnv, type StandardSchemaV1 } from '@t3-oss/env-core';

type Schemas = Record<string, TSchema>;
type Values<S extends Schemas> = { readonly [Key in keyof S]: Static<S[Key]> };

/** Stops a start: one line for each wrong variable, with what it should be. */
export class ConfigurationError extends Error {
  override readonly name = 'ConfigurationError';
}

/**
 * Reads and checks environment variables; an empty one counts as unset. Numbers and booleans are converted
 * from text; `default` and `description` (what the operator should set) come from the schemas; a variable
 * that may be unset is a union with `Type.Undefined()`.
 *
 * @throws ConfigurationError naming every missing or wrong variable, and its value only if that cannot be a
 * secret
 */
export function readEnvironment<S extends Schemas>(
  schemas: S,
  environment: Record<string, string | undefined> = process.env,
): Values<S> {
  const server = Object.fromEntries(
    Object.entries(schemas).map(([name, schema]) => [name, standard(schema)]),
  );
  const values = createEnv({
    server,
    runtimeEnv: environment,
    emptyStringAsUndefined: true,
    onValidationError: (issues) => {
      throw notValid(issues.map(({ path, message }) => `${String(path?.[0])}: ${message}`));
    },
  });
  return Object.freeze({ ...values }) as Values<S>;
}

/**
 * For errors that show only when several variables, or what they point to, are examined.
 *
 * @throws ConfigurationError like `readEnvironment`
 */
export function refuse(variable: string, reason: string): never {
  throw notValid([`${variable}: ${reason}`]);
}

function notValid(reasons: readonly string[]): ConfigurationError {
  return new ConfigurationError(['The environment is not valid:', ...reasons].join('\n  '));
}

/** Text may be or contain a secret; numbers and enumerated words cannot. */
function holdsNoSecret(schema: TSchema): boolean {
  if (Array.isArray(schema.anyOf)) return schema.anyOf.every(holdsNoSecret);
  return schema.const !== undefined || ['integer', 'number', 'boolean', 'undefined'].includes(schema.type);
}

function refusalOf(schema: TSchema, input: unknown): string {
  if (input === undefined) return 'is not set';
  if (!holdsNoSecret(schema)) return 'is not valid';
  return `is not valid: ${JSON.stringify(String(input))}`;
}

function rangeOf({ type, minimum, maximum }: TSchema): string | undefined {
  if (type === 'integer') return `a whole number from ${minimum} to ${maximum}`;
  if (type === 'number') return `a number from ${minimum} to ${maximum}`;
}

/** t3-env expects Standard Schema, which TypeBox 0.34 does not implement. */
function standard<Schema extends TSchema>(schema: Schema): StandardSchemaV1<unknown, Static<Schema>> {
  return {
    '~standard': {
      version: 1,
      vendor: 'typebox',
      validate(input) {
        const value = input === undefined ? schema.default : Value.Convert(schema, input);
        if (Value.Check(schema, value)) return { value };
        const remedy = [schema.description, rangeOf(schema)].filter(Boolean).join('; ');
        return { issues: [{ message: `${refusalOf(schema, input)}${remedy && ` (${remedy})`}` }] };
      },
    },
  };
}
