import { KeyVerifier, RateLimiter } from '@millrace/access';
import { awaitSchema, findFinished, getQueue, openDatabase, readTimeline } from '@millrace/db';
import {
  databaseMetrics,
  listenAs,
  Metrics,
  openTracing,
  runService,
  streamMetrics,
} from '@millrace/runtime';
import { createEventReader, createTaskProducer, LANE_TOPICS, TASK_EVENTS } from '@millrace/stream';
import { version } from '../package.json' with { type: 'json' };
import { apiKeys, everybody } from './access/authorize.ts';
import { createApp } from './app.ts';
import { readConfig } from './config.ts';
import { LiveStreams } from './events/live-streams.ts';
import { queueGauges } from './telemetry/queue-gauges.ts';
import { GatewayTelemetry } from './telemetry/telemetry.ts';
import { IDLE_TIMEOUT_SECONDS } from './waiting/keep-open.ts';
import { TaskWaiters } from './waiting/task-waiters.ts';

const NAME = 'millrace-gateway';
/** Longer than a body may take to arrive. */
const STOP_GRACE_MS = 12_000;

const IDENTITY = { service: 'gateway', version };

await runService('gateway', async (service) => {
  const { logger, onStop, fail } = service;
  const config = readConfig();
  const metrics = new Metrics(IDENTITY);
  const models = config.models.map(({ id }) => id);
  const telemetry = new GatewayTelemetry(metrics, await openTracing(service, IDENTITY), models);
  const {
    hostname,
    port,
    databaseUrl: url,
    databasePoolSize,
    scanPoolSize,
    authenticated,
    ...limits
  } = config;

  const observer = databaseMetrics(metrics, [
    'submit',
    'submit_once',
    'get_task',
    'read_timeline',
    'find_api_keys',
  ]);
  const db = openDatabase({
    url,
    maxConnections: databasePoolSize,
    applicationName: NAME,
    logger,
    observer,
  });
  onStop('database', () => db.close());
  const scanDb = openDatabase({
    url,
    maxConnections: scanPoolSize,
    applicationName: `${NAME}-scans`,
    logger,
  });
  onStop('database for scans', () => scanDb.close());

  // Not awaited: meanwhile /health and /health/ready answer, and everything else is 503.
  const schema = awaitSchema(url, config.migrate, logger);
  schema.ready.catch(fail);

  const stream = { ...config.kafka, clientId: NAME, logger };
  const onProduced = streamMetrics(metrics, {
    topics: [...LANE_TOPICS, TASK_EVENTS],
    isConnected: () => producer.health().connected && events.health().connected,
  });
  const producer = createTaskProducer({ ...stream, onProduced });
  onStop('producer', () => producer.stop());
  producer.start();

  const waiters = new TaskWaiters({
    findFinished: (ids) => findFinished(db, ids),
    maxWaiters: config.maxWaiters,
    logger,
  });
  const streams = new LiveStreams({
    readTimeline: (input) => readTimeline(db, input),
    maxStreams: config.maxStreams,
    logger,
  });
  const events = createEventReader({
    ...stream,
    onEvents(heard) {
      waiters.hear(heard);
      streams.hear(heard);
    },
    onGap() {
      waiters.checkAll();
      streams.checkAll();
    },
    wantsStatuses: () => waiters.isListening || streams.isListening,
  });
  onStop('event reader', () => events.stop());
  events.start();

  queueGauges(metrics, () => getQueue(db));
  const access = authenticated
    ? apiKeys({ verifier: new KeyVerifier({ db, logger }), limiter: new RateLimiter(), schema })
    : everybody();
  const scans = { scanDb, scanPoolSize };
  const parts = { ...access, db, ...scans, schema, producer, events, waiters, streams, telemetry, logger };
  const app = createApp({ ...parts, ...limits });
  listenAs('GATEWAY', { hostname, port }, () =>
    app.listen({
      hostname,
      port,
      development: false,
      // A second gateway on the same port is a mistake, and should fail instead of sharing it.
      reusePort: false,
      idleTimeout: IDLE_TIMEOUT_SECONDS,
      // Routes with a body answer 413 themselves, as a problem; other routes never read the body.
      maxRequestBodySize: Number.MAX_SAFE_INTEGER,
    }),
  );
  // Stops accepting, answers every accepted request, and cuts off connections that never sent one.
  onStop('http server', async () => {
    await Promise.race([app.stop(), Bun.sleep(STOP_GRACE_MS)]);
    if (app.server) await app.stop(true);
  });
  onStop('waiting requests', () => waiters.stop());
  onStop('event streams', () => streams.stop());
  if (!authenticated) {
    logger.warn(
      { hostname, port },
      'GATEWAY_AUTH=off: NO API KEY IS NEEDED. Anyone on this machine may read, submit and cancel every task',
    );
  }
  logger.info({ hostname, port, models }, 'listening');
});
