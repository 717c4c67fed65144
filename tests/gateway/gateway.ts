import { expect } from 'bun:test';
import { MODEL_PROVIDERS, Problem, type TaskEvent } from '@millrace/contracts';
import { type Database, findFinished, readTimeline } from '@millrace/db';
import {
  createApp,
  everybody,
  type GatewayContext,
  GatewayTelemetry,
  LiveStreams,
  TaskWaiters,
} from '@millrace/gateway/app';
import { createLogger, Metrics, parseModels } from '@millrace/runtime';
import { type Announcement, createEventReader, createTaskProducer } from '@millrace/stream';
import type { Static, TSchema } from '@sinclair/typebox';
import { Value } from '@sinclair/typebox/value';

const logger = createLogger('gateway-test', 'error', 'stderr');
const nowhere = { brokers: ['127.0.0.1:1'], clientId: 'gateway-test', logger };
const ignore = () => undefined;

export interface Gateway {
  /** Passes the app a Request: text or bytes as they are, any other `body` as JSON. */
  send(method: string, path: string, body?: unknown, headers?: Record<string, string>): Promise<Response>;
}

/** The app on a real database, with a producer that never connects: tasks are accepted without a stream. */
export function createGatewayApp(db: Database, changes: Partial<GatewayContext> = {}) {
  return createApp({
    ...everybody(),
    db,
    scanDb: db,
    scanPoolSize: 4,
    producer: createTaskProducer(nowhere),
    events: createEventReader({ ...nowhere, onEvents: ignore, onGap: ignore }),
    waiters: createWaiters(db),
    streams: createStreams(db),
    schema: { missing: () => undefined },
    telemetry: createTelemetry(),
    logger,
    models: parseModels('builtin,simulated', MODEL_PROVIDERS),
    bodyLimitBytes: 1536 * 1024,
    batchBodyLimitBytes: 8 * 1024 * 1024,
    maxInFlight: 100,
    ...changes,
  });
}

export function createGateway(db: Database, changes: Partial<GatewayContext> = {}): Gateway {
  const app = createGatewayApp(db, changes);
  return {
    async send(method, path, body, headers = { 'content-type': 'application/json' }) {
      const raw = typeof body === 'string' || body instanceof Uint8Array ? body : JSON.stringify(body);
      return app.handle(new Request(`http://gateway${path}`, { method, body: raw ?? null, headers }));
    },
  };
}

/** A producer that keeps what it should send. */
export function recordingProducer() {
  const announced: Announcement[] = [];
  const events: TaskEvent[] = [];
  return {
    announced,
    events,
    announce: (announcement: Announcement) => void announced.push(announcement),
    publishEvent: (event: TaskEvent) => void events.push(event),
    health: () => ({ connected: true, buffered: 0, dropped: 0 }),
  };
}

export function createTelemetry(): GatewayTelemetry {
  const metrics = new Metrics({ service: 'gateway-test', version: '0' });
  return new GatewayTelemetry(metrics, undefined, ['builtin', 'simulated']);
}

export function createWaiters(db: Database, maxWaiters = 10_000): TaskWaiters {
  return new TaskWaiters({ findFinished: (ids) => findFinished(db, ids), maxWaiters, logger });
}

export function createStreams(
  db: Database,
  options: Partial<ConstructorParameters<typeof LiveStreams>[0]> = {},
): LiveStreams {
  return new LiveStreams({
    readTimeline: (input) => readTimeline(db, input),
    maxStreams: 10_000,
    logger,
    ...options,
  });
}

/** The body of an answer, checked against its schema. */
export async function bodyOf<Schema extends TSchema>(
  schema: Schema,
  response: Response,
): Promise<Static<Schema>> {
  const body = await response.json();
  expect([...Value.Errors(schema, body)]).toEqual([]);
  return body as Static<Schema>;
}

/** The problem in an answer, checked to have the form that all problems have. */
export async function problemIn(response: Response): Promise<Problem> {
  if (response.headers.get('content-type') !== 'application/problem+json') {
    throw new Error(`${response.status} is not a problem document: ${await response.text()}`);
  }
  const problem = await bodyOf(Problem, response);
  if (problem.status !== response.status)
    throw new Error(`the status is ${response.status}, the problem says ${problem.status}`);
  return problem;
}
