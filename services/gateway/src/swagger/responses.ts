import { PROBLEMS, type ProblemCode } from '@millrace/contracts';
import type { TObject } from '@sinclair/typebox';
import { PROBLEM_CONTENT_TYPE, problemOf } from '../http/problem.ts';
import { referenceTo, type SchemaName, schemaRef } from './components.ts';
import { problemExamples } from './examples.ts';
import { retryAfter, traceparent, wwwAuthenticate } from './headers.ts';

/** A JSON answer whose schema is a component. */
export function jsonResponse(description: string, schema: SchemaName, example: unknown, headers = {}) {
  return { description, headers, content: { 'application/json': { schema: schemaRef(schema), example } } };
}

const HEADERS: Record<string, object> = {
  401: { 'WWW-Authenticate': wwwAuthenticate },
  403: { 'WWW-Authenticate': wwwAuthenticate },
  429: { 'Retry-After': retryAfter },
  500: { traceparent },
  503: { 'Retry-After': retryAfter },
};

/** The error answers of an operation, one for each status, with an example for each code. */
export function problemResponses(...codes: ProblemCode[]) {
  const byStatus = Object.groupBy(codes, (code) => String(PROBLEMS[code].status));
  return Object.fromEntries(
    Object.entries(byStatus).map(([status, sharing = []]) => [
      status,
      {
        description: sharing.map((code) => `${PROBLEMS[code].title} (\`${code}\`)`).join('; '),
        ...(HEADERS[status] && { headers: HEADERS[status] }),
        content: {
          [PROBLEM_CONTENT_TYPE]: {
            schema: schemaRef('Problem'),
            examples: Object.fromEntries(
              sharing.map((code) => {
                const { detail, errors } = problemExamples[code];
                return [code, { value: problemOf(code, detail, errors) }];
              }),
            ),
          },
        },
      },
    ]),
  );
}

/** Documents a schema's properties as query parameters; without examples, which the page would send as filters. */
export function queryParameters(schema: TObject) {
  const required = new Set(schema.required);
  return Object.entries(schema.properties).map(([name, described]) => {
    const { description, examples: _, ...property } = described;
    return {
      name,
      in: 'query' as const,
      required: required.has(name),
      ...(description && { description }),
      schema: referenceTo(described) ?? property,
    };
  });
}
