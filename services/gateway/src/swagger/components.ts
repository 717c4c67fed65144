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

export function schemaRef(name: SchemaName) {
  return { $ref: `#/components/schemas/${name}` };
}

const nameOf = new Map<unknown, SchemaName>(
  Object.entries(named).map(([name, schema]) => [schema, name as SchemaName]),
);

/** The schemas of contracts as OpenAPI components; one that is part of another becomes a reference there. */
export const componentSchemas: Record<string, object> = Object.fromEntries(
  Object.entries(named).map(([name, schema]) => [name, referencing(schema)]),
);

function referencing(schema: object): object {
  return Object.fromEntries(Object.entries(schema).map(([key, part]) => [key, referencesIn(part)]));
}

function referencesIn(part: unknown): unknown {
  const name = nameOf.get(part);
  if (name) return schemaRef(name);
  if (Array.isArray(part)) return part.map(referencesIn);
  return typeof part === 'object' && part !== null ? referencing(part) : part;
}
