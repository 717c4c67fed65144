import type {
  FieldError,
  ModelList,
  ProblemCode,
  Readiness,
  Stats,
  Task,
  TaskBatchAnswer,
  TaskPage,
  TaskRetryAnswer,
} from '@millrace/contracts';
import { problemOf } from '../http/problem.ts';

export const submittedTask: Task = {
  id: '019ab0c4-7f3e-7c21-9d55-0c6f2b8e4a10',
  prompt: '计算 1+1',
  model: 'builtin',
  priority: 5,
  status: 'PENDING',
  result: null,
  error: null,
  attempts: 0,
  max_attempts: 3,
  timeout_ms: 300_000,
  system: null,
  tools: null,
  temperature: null,
  max_output_tokens: null,
  response_format: null,
  run_at: '2026-11-23T08:30:00.000Z',
  metadata: { team: 'search' },
  idempotency_key: null,
  owner: 'search',
  created_at: '2026-11-23T08:30:00.000Z',
  started_at: null,
  finished_at: null,
  usage: null,
};

export const completedTask: Task = {
  ...submittedTask,
  status: 'COMPLETED',
  result: {
    output: '2',
    steps: [{ kind: 'tool', name: 'calculator', arguments: { expression: '1+1' }, output: '2' }],
  },
  attempts: 1,
  started_at: '2026-11-23T08:30:00.008Z',
  finished_at: '2026-11-23T08:30:00.012Z',
};

export const cancelledTask: Task = {
  ...submittedTask,
  status: 'CANCELLED',
  finished_at: '2026-11-23T08:30:04.120Z',
};

export const retryAnswer: TaskRetryAnswer = { count: 1, task_ids: [submittedTask.id] };

export const taskPage: TaskPage = { tasks: [completedTask], next_cursor: completedTask.id };

const unlimited = { concurrency: null, requests_per_minute: null, price_usd_per_million_tokens: null };

export const modelList: ModelList = {
  models: [
    { id: 'builtin', provider: 'builtin', default: true, ...unlimited },
    {
      id: 'gpt-4.1-mini',
      provider: 'openai',
      default: false,
      concurrency: 8,
      requests_per_minute: 500,
      price_usd_per_million_tokens: { input: 0.4, cached_input: 0.1, output: 1.6 },
    },
  ],
};

export const stats: Stats = {
  counts: { PENDING: 12, RUNNING: 4, COMPLETED: 1804, FAILED: 3, CANCELLED: 0 },
  oldest_pending_age_ms: 840.5,
  last_minute: { finished: 300, per_second: 5, latency_ms: { p50: 18.2, p95: 64.9, p99: 120.4 } },
};

export const ready: Readiness = {
  status: 'ready',
  dependencies: {
    postgres: { status: 'up', required: true },
    stream: { status: 'up', required: false },
    events: { status: 'up', required: false },
  },
};

export const unready: Readiness = {
  status: 'unready',
  dependencies: {
    ...ready.dependencies,
    postgres: { status: 'down', required: true, detail: 'Postgres does not answer' },
  },
};

export const problemExamples: Record<ProblemCode, { detail: string; errors?: FieldError[] }> = {
  invalid_json: { detail: "The body is not JSON: Expected '}'." },
  invalid_utf8: { detail: 'The body holds bytes that are not UTF-8; encode it as UTF-8.' },
  unauthorized: { detail: 'This API key is not known, was revoked or has expired.' },
  forbidden: { detail: 'This API key lacks the scope tasks:write.' },
  host_not_allowed: {
    detail:
      'Without API keys this gateway serves this machine only: call it as localhost or 127.0.0.1, not "gateway.example", or set GATEWAY_AUTH=keys.',
  },
  not_found: { detail: 'There is nothing at /task; /swagger lists the API.' },
  task_not_found: { detail: `There is no task ${submittedTask.id}.` },
  method_not_allowed: { detail: '/tasks takes GET, HEAD, OPTIONS, POST, not PUT.' },
  task_finished: {
    detail: `Task ${submittedTask.id} is COMPLETED; only PENDING and RUNNING tasks can be cancelled.`,
  },
  task_not_finished: {
    detail: `Task ${submittedTask.id} is RUNNING; only a task that has ended can be retried.`,
  },
  idempotency_key_reused: {
    detail: `This Idempotency-Key was used with another body, which made task ${submittedTask.id}; use a new key.`,
  },
  body_too_large: { detail: 'A body may have up to 1572864 bytes.' },
  unsupported_media_type: { detail: 'The Content-Type is text/plain; send application/json.' },
  validation_failed: {
    detail: '2 fields are invalid; errors lists them.',
    errors: [
      { field: '/prompt', message: 'is required' },
      { field: '/priority', message: 'must be at most 9, got 10' },
    ],
  },
  model_not_available: {
    detail:
      '"gpt-9" is not configured; model must be one of builtin, simulated. Leave model out for builtin; operators add models with MODELS.',
    errors: [{ field: '/model', message: 'must be one of builtin, simulated' }],
  },
  overloaded: { detail: '4096 submissions are in progress here; try again shortly.' },
  rate_limited: { detail: 'This API key is limited to 60 requests a minute; try again in 1 s.' },
  open_tasks_limit: {
    detail:
      'With this API key search may have up to 100 tasks PENDING or RUNNING; wait until some have ended.',
  },
  internal_error: {
    detail:
      'This is a bug in the service; its log has the details under trace 4bf92f3577b34da6a3ce929d0e0e4736.',
  },
  database_unavailable: { detail: 'The database cannot be reached; try again shortly.' },
  request_timeout: { detail: 'The body did not arrive within 10 s.' },
};

export const batchAnswer: { each: TaskBatchAnswer; atomic: TaskBatchAnswer } = {
  each: {
    accepted: 1,
    outcomes: [
      { status: 202, task: submittedTask },
      {
        status: 422,
        problem: problemOf('validation_failed', '/prompt is required.', [
          { field: '/prompt', message: 'is required' },
        ]),
      },
    ],
  },
  atomic: { accepted: 1, outcomes: [{ status: 202, task: submittedTask }] },
};
