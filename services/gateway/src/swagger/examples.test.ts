import { expect, test } from 'bun:test';
import {
  AttemptList,
  ModelList,
  PROBLEMS,
  Problem,
  Readiness,
  Stats,
  Task,
  TaskBatchAnswer,
  TaskBatchCreate,
  TaskCreate,
  TaskPage,
  TaskRetryAnswer,
  TaskRetryFilter,
  TaskStepList,
} from '@millrace/contracts';
import type { TSchema } from '@sinclair/typebox';
import { Value } from '@sinclair/typebox/value';
import { problemOf } from '../http/problem.ts';
import { operations } from './document.testing.ts';
import { problemExamples } from './examples.ts';

const schemas: Record<string, TSchema> = {
  AttemptList,
  TaskRetryAnswer,
  TaskRetryFilter,
  ModelList,
  Problem,
  Readiness,
  Stats,
  Task,
  TaskBatchAnswer,
  TaskBatchCreate,
  TaskCreate,
  TaskPage,
  TaskStepList,
};

test('the examples in every body are valid', async () => {
  let checked = 0;
  for (const { operationId, requestBody, responses } of await operations()) {
    for (const body of [requestBody, ...Object.values(responses)]) {
      for (const { schema, example, examples } of Object.values(body?.content ?? {})) {
        const contract = schemas[schema.$ref?.split('/').at(-1) ?? ''];
        if (!contract) continue;
        for (const value of examples ? Object.values(examples).map(({ value }) => value) : [example]) {
          expect({ operationId, errors: [...Value.Errors(contract, value)] }).toEqual({
            operationId,
            errors: [],
          });
          checked++;
        }
      }
    }
  }
  expect(checked).toBeGreaterThan(20);
});

test('the example of every problem is valid', () => {
  for (const code of Object.keys(PROBLEMS) as (keyof typeof PROBLEMS)[]) {
    const { detail, errors } = problemExamples[code];
    expect(Value.Check(Problem, problemOf(code, detail, errors))).toBe(true);
  }
});
