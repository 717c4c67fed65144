import { PROBLEMS, type ProblemCode } from '@millrace/contracts';
import type { TObject } from '@sinclair/typebox';
import { PROBLEM_CONTENT_TYPE, problemOf } from '../http/problem.ts';
import { referenceTo, type SchemaName, schemaRef } from './components.ts';
import { problemExamples } from './examples.ts';
import { retryAfter, traceparent, wwwAuthenticate } from './headers.ts';

export function jsonBody(schema: SchemaName, examples: Record<string, { summary: string; value: unknown }>) {
  return { required: true, content: { 'application/json': { schema: schemaRef(schema), examples } } };
}

/** A JSON answer whose schema is a component. */
export function jsonResponse(description: string, schema: SchemaName, example: unknown, headers = {}) {
  return { description, headers, content: { 'application/json': { schema: schemaRef(schema), example } } };
}

const HEADERS: Record<string, object> = {
  401: { 'WWW-Authenticate': { ...wwwAuthenticate, required: true } },
  403: { 'WWW-Authenticate': wwwAuthenticate },
  429: { 'Retry-After': retryAfter },
  500: { traceparent },
  503: { 'Retry-After': retryAfter },
};

/** Of every operation that needs a key. */
const COMMON_PROBLEMS: ProblemCode[] = [
  'unauthorized',
  'forbidden',
  'host_not_allowed',
  'rate_limited',
  'overloaded',
  'database_unavailable',
  'validation_failed',
  'internal_error',
];

/** Of every operation that reads a body. */
export const BODY_PROBLEMS = [
  'invalid_json',
  'invalid_utf8',
  'request_timeout',
  'body_too_large',
  'unsupported_media_type',
] as const satisfies ProblemCode[];

/**
 * The error answers of an operation that needs a key, one for each status, with an example for each code.
 *
 * @param codes those that not every such operation has
 */
export function problemResponses(...codes: ProblemCode[]) {
  const byStatus = Object.groupBy([...COMMON_PROBLEMS, ...codes], (code) => String(PROBLEMS[code].status));
  return Object.fromEntries(
    Object.entries(byStatus).map(([status, sharing = []]) => [
      status,
      {
        description: sharing.map((code) => `${PROBLEMS[code].title} (\`${code}\`)`).join('. '),
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
