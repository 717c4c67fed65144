import { expect } from 'bun:test';
import { MODEL_PROVIDERS } from '@millrace/contracts';
import { openDatabase } from '@millrace/db';
import { createLogger, Metrics, parseModels } from '@millrace/runtime';
import { createEventReader, createTaskProducer } from '@millrace/stream';
import { everybody } from '../access/authorize.ts';
import { createApp } from '../app.ts';
import { LiveStreams } from '../events/live-streams.ts';
import { GatewayTelemetry } from '../telemetry/telemetry.ts';
import { TaskWaiters } from '../waiting/task-waiters.ts';

const logger = createLogger('gateway-test', 'error', 'stderr');
// Nothing here queries either, so neither connects.
const db = openDatabase({ url: 'postgres://127.0.0.1:1/none', maxConnections: 1, applicationName: 'test' });
const stream = { brokers: ['127.0.0.1:1'], clientId: 'test', logger };
const ignore = () => undefined;
export const app = createApp({
  ...everybody(),
  db,
  scanDb: db,
  scanPoolSize: 1,
  producer: createTaskProducer(stream),
  events: createEventReader({ ...stream, onEvents: ignore, onGap: ignore }),
  waiters: new TaskWaiters({ findFinished: async () => [], maxWaiters: 1, logger }),
  streams: new LiveStreams({ readTimeline: async () => null, maxStreams: 1, logger }),
  schema: { missing: () => undefined },
  telemetry: new GatewayTelemetry(new Metrics({ service: 'test', version: '0' }), undefined, []),
  logger,
  models: parseModels('builtin', MODEL_PROVIDERS),
  bodyLimitBytes: 1024,
  batchBodyLimitBytes: 1024,
  maxInFlight: 1,
});

interface Media {
  schema: { $ref?: string };
  example?: unknown;
  examples?: Record<string, { value: unknown }>;
}
interface Operation {
  parameters?: { name: string; in: string; required?: boolean }[];
  operationId: string;
  summary: string;
  description: string;
  tags: string[];
  security: Record<string, string[]>[];
  requestBody?: { content: Record<string, Media> };
  responses: Record<string, { headers?: Record<string, object>; content?: Record<string, Media> }>;
}
interface Document {
  openapi: string;
  paths: Record<string, Record<string, Operation>>;
  components: { schemas: Record<string, object>; securitySchemes: Record<string, object> };
}

export async function fetchDocument(): Promise<Document> {
  const response = await app.handle(new Request('http://gateway/swagger/json'));
  expect(response.headers.get('content-type')).toStartWith('application/json');
  return (await response.json()) as Document;
}

export async function operations(): Promise<Operation[]> {
  return Object.values((await fetchDocument()).paths).flatMap((path) => Object.values(path));
}
