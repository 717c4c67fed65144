import {
  Attempt,
  AttemptList,
  DependencyHealth,
  FieldError,
  ModelInfo,
  ModelList,
  OutputDelta,
  PartialOutput,
  Problem,
  Readiness,
  ResultStep,
  Stats,
  StatusChange,
  Task,
  TaskBatchAnswer,
  TaskBatchCreate,
  TaskBatchOutcome,
  TaskCreate,
  TaskError,
  TaskPage,
  TaskResult,
  TaskRetryAnswer,
  TaskRetryFilter,
  TaskSnapshot,
  TaskStatus,
  TaskStep,
  TaskStepList,
  Usage,
} from '@millrace/contracts';

const named = {
  Task,
  TaskCreate,
  TaskStatus,
  TaskResult,
  ResultStep,
  TaskStep,
  TaskStepList,
  TaskError,
  Usage,
  TaskPage,
  TaskBatchCreate,
  TaskBatchAnswer,
  TaskBatchOutcome,
  TaskRetryFilter,
  TaskRetryAnswer,
  Attempt,
  AttemptList,
  TaskSnapshot,
  PartialOutput,
  StatusChange,
  OutputDelta,
  ModelInfo,
  ModelList,
  Stats,
  Readiness,
  DependencyHealth,
  Problem,
  FieldError,
};

export type SchemaName = keyof typeof named;

interface SchemaParts extends Record<string, unknown> {
  readonly properties?: Record<string, unknown>;
  readonly patternProperties?: Record<string, unknown>;
}

export function schemaRef(name: SchemaName) {
  return { $ref: `#/components/schemas/${name}` };
}

/** Keyed by JSON text, since TypeBox copies a schema where it is optional. */
const nameOf = new Map(
  Object.entries(named).map(([name, schema]) => [JSON.stringify(schema), name as SchemaName]),
);

/** Undefined for a schema that is not a component. */
export function referenceTo(schema: object) {
  const name = nameOf.get(JSON.stringify(schema));
  return name && schemaRef(name);
}

const BODIES: readonly string[] = ['TaskCreate', 'TaskBatchCreate', 'TaskRetryFilter'];

/**
 * The schemas of contracts as OpenAPI components, in the form that client generators handle well; one that is
 * part of another becomes a reference there.
 */
export const componentSchemas: Record<string, object> = Object.fromEntries(
  Object.entries(named).map(([name, schema]) => {
    const component = schemaForClients(schema);
    return [name, BODIES.includes(name) ? component : openForClients(component)];
  }),
);

/** Generated clients of this version would otherwise refuse the answers of one that adds a field. */
function openForClients(schema: object): object {
  return JSON.parse(JSON.stringify(schema), (key, part) =>
    key === 'additionalProperties' && part === false ? undefined : part,
  );
}

function schemaForClients(schema: object): object {
  const { properties, patternProperties, default: fallback, ...rest } = schema as SchemaParts;
  return {
    ...partsForClients(rest),
    ...(properties && { properties: partsForClients(properties) }),
    ...(patternProperties && keyed(patternProperties, rest.additionalProperties === false)),
    // Generators take a field with a default as always present, and would require it in every request.
    ...(fallback !== undefined && {
      description: [rest.description, `${fallback} if left out`].filter(Boolean).join('; '),
    }),
  };
}

/** TypeBox's records use `patternProperties`, which many generators turn into an object without keys. */
function keyed(patternProperties: Record<string, unknown>, onlyMatching: boolean): object {
  const [[pattern, values]] = Object.entries(patternProperties) as [[string, unknown]];
  return {
    ...(onlyMatching && { propertyNames: { pattern } }),
    additionalProperties: partForClients(values),
  };
}

function partsForClients(parts: Record<string, unknown>): Record<string, unknown> {
  return Object.fromEntries(Object.entries(parts).map(([key, part]) => [key, partForClients(part)]));
}

function partForClients(part: unknown): unknown {
  if (Array.isArray(part)) return part.map(partForClients);
  if (typeof part !== 'object' || part === null) return part;
  return referenceTo(part) ?? schemaForClients(part);
}
