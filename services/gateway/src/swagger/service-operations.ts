import type { DocumentDecoration } from 'elysia';
import { modelList, ready, stats, unready } from './examples.ts';
import { jsonResponse, problemResponses } from './responses.ts';
import { needs, needsNoKey } from './security.ts';

export const listModelsOperation: DocumentDecoration = {
  operationId: 'listModels',
  security: needs('tasks:read'),
  tags: ['Service'],
  summary: 'List the models',
  description: 'What a task may name as its `model`, with the limits and prices of each.',
  responses: {
    200: jsonResponse('The configured models', 'ModelList', modelList),
    ...problemResponses(),
  },
};

export const getStatsOperation: DocumentDecoration = {
  operationId: 'getStats',
  security: needs('tasks:read'),
  tags: ['Service'],
  summary: 'Counts, throughput and latency',
  description: 'Up to a second old.',
  responses: {
    200: jsonResponse('The present state', 'Stats', stats),
    ...problemResponses(),
  },
};

export const healthOperation: DocumentDecoration = {
  operationId: 'getHealth',
  security: needsNoKey,
  tags: ['Service'],
  summary: 'Is the process alive?',
  description: 'Checks no dependency: a restart would not fix those.',
  responses: {
    200: {
      description: 'Alive',
      content: {
        'application/json': {
          schema: {
            type: 'object',
            properties: { status: { type: 'string', enum: ['alive'] } },
            required: ['status'],
          },
          example: { status: 'alive' },
        },
      },
    },
  },
};

export const readinessOperation: DocumentDecoration = {
  operationId: 'getReadiness',
  security: needsNoKey,
  tags: ['Service'],
  summary: 'Can it take requests?',
  description:
    'Postgres is required. The stream is not: without it tasks are still accepted and run, only later. The check writes nothing: ' +
    'with the disk of Postgres full, the gateway is ready for reads, and answers writes with 503.',
  responses: {
    200: jsonResponse('Ready', 'Readiness', ready),
    503: jsonResponse('A required dependency is down', 'Readiness', unready),
  },
};

export const getMetricsOperation: DocumentDecoration = {
  operationId: 'getMetrics',
  security: needsNoKey,
  tags: ['Service'],
  summary: 'Metrics of this gateway',
  description:
    'For Prometheus, without a key. Metrics read from Postgres are left out while it does not answer.',
  responses: {
    200: {
      description: "Prometheus' text format",
      content: {
        'text/plain': {
          schema: { type: 'string' },
          example:
            '# HELP millrace_tasks Tasks that are not finished, by status.\n# TYPE millrace_tasks gauge\nmillrace_tasks{status="PENDING"} 3\n',
        },
      },
    },
  },
};
