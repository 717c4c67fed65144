import { awaitSchema, listenForCancellations, openDatabase } from '@millrace/db';
import {
  databaseMetrics,
  listenAs,
  Metrics,
  openTracing,
  runService,
  startHealthServer,
  streamMetrics,
} from '@millrace/runtime';
import {
  createTaskConsumer,
  createTaskProducer,
  LANE_TOPICS,
  TASK_EVENTS,
  TASKS_DEAD,
} from '@millrace/stream';
import { builtinTools, createToolRegistry } from '@millrace/tools';
import { version } from '../package.json' with { type: 'json' };
import { Announcer } from './attempts/announcer.ts';
import { readConfig } from './config.ts';
import { Executor } from './executor.ts';
import { createModels } from './models/index.ts';
import { readiness } from './readiness.ts';
import { executorGauges } from './telemetry/executor-gauges.ts';
import { ExecutorMetrics } from './telemetry/executor-metrics.ts';
import { offLoop } from './tools/off-loop-tools.ts';
import { ToolThread } from './tools/tool-thread.ts';
import { retention } from './upkeep/retention.ts';
import { checkWorkspaces } from './upkeep/workspace-check.ts';
import { workspaceRetention } from './upkeep/workspace-retention.ts';

/** After the drain: hand tasks back, commit offsets, flush the producer, disconnect. */
const STOP_MARGIN_MS = 10_000;

const DATABASE_VERBS = ['claim', 'claim_due', 'renew', 'complete', 'fail', 'release', 'checkpoint'];
const IDENTITY = { service: 'executor', version };

await runService('executor', async (service) => {
  const { logger, onStop, allowStop } = service;
  const config = readConfig();
  allowStop(config.drainTimeoutMs + STOP_MARGIN_MS);
  const models = await createModels(config.models, { ...config, logger });

  const tracing = await openTracing(service, IDENTITY);
  const metrics = new Metrics(IDENTITY);
  const executorMetrics = new ExecutorMetrics(
    metrics,
    config.models.map(({ id }) => id),
  );

  const schema = awaitSchema(config.databaseUrl, config.migrate, logger);
  const db = openDatabase({
    url: config.databaseUrl,
    maxConnections: config.databasePoolSize,
    applicationName: config.executorId,
    logger,
    observer: databaseMetrics(metrics, DATABASE_VERBS),
  });
  onStop('database', () => db.close());

  const stream = { ...config.kafka, clientId: config.executorId, logger };
  const onProduced = streamMetrics(metrics, {
    topics: [...LANE_TOPICS, TASK_EVENTS, TASKS_DEAD],
    isConnected: () => consumer.health().connected && producer.health().connected,
  });
  const producer = createTaskProducer({ ...stream, onProduced });

  const consumer = createTaskConsumer({
    ...stream,
    onDoorbells: (doorbells) => executor.receive(doorbells),
    producer,
  });
  const toolThread = new ToolThread();
  onStop('tool thread', () => toolThread.stop());
  const executor = new Executor({
    db,
    executorId: config.executorId,
    concurrency: config.concurrency,
    leaseMs: config.leaseMs,
    drainTimeoutMs: config.drainTimeoutMs,
    models,
    modelLimits: config.models,
    tools: offLoop(createToolRegistry(builtinTools), toolThread),
    workspaceRoot: config.workspaceRoot,
    announcer: new Announcer(producer),
    consumer,
    metrics: executorMetrics,
    tracing,
    logger,
  });
  executorGauges(metrics, executor.attempts, config.concurrency, consumer);

  const address = { hostname: config.healthHost, port: config.healthPort };
  const health = listenAs('HEALTH', address, () =>
    startHealthServer({
      ...address,
      readiness: () => readiness({ db, schema, consumer, producer, executor, leaseMs: config.leaseMs }),
      metrics,
    }),
  );
  onStop('health server', () => health.stop(true));
  // At once: each waits for a broker that does not answer, one after the other for longer than the margin.
  onStop('stream', () => Promise.all([consumer.stop(), producer.stop()]));
  onStop('executor', async () => {
    consumer.stopFetching();
    await executor.drain();
  });

  const expired = { db, days: config.retentionDays, logger };
  // Not awaited: a network folder may hang.
  void checkWorkspaces(config.workspaceRoot, logger);
  const cleanUps = [retention(expired), workspaceRetention({ ...expired, root: config.workspaceRoot })];
  onStop('clean-up', () => {
    for (const rounds of cleanUps) rounds.stop();
  });

  await schema.ready;
  // Not awaited: if Postgres is down again, this takes effect once it is back; until then heartbeats bring the news.
  listenForCancellations(db, (attempt) => executor.heardOfCancellation(attempt)).catch((error: unknown) =>
    logger.warn({ err: error }, 'not listening for cancellations yet'),
  );
  for (const rounds of cleanUps) rounds.start();
  producer.start();
  executor.start();
  consumer.start();
  logger.info({ executor_id: config.executorId, models: [...models.keys()] }, 'started');
});
