import { MODEL_PROVIDERS } from '@millrace/contracts';
import { awaitSchema, listenForCancellations, openDatabase } from '@millrace/db';
import {
  databaseMetrics,
  Metrics,
  openTracing,
  parseModels,
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
import { groupMembers } from './group-members.ts';
import { createModels } from './models/index.ts';
import { readiness } from './readiness.ts';
import { executorGauges } from './telemetry/executor-gauges.ts';
import { ExecutorMetrics } from './telemetry/executor-metrics.ts';
import { offLoop } from './tools/off-loop-tools.ts';
import { ToolThread } from './tools/tool-thread.ts';
import { Retention } from './upkeep/retention.ts';
import { WorkspaceRetention } from './upkeep/workspace-retention.ts';

/** After the drain: hand back, commit offsets, flush the producer, disconnect. */
const STOP_MARGIN_MS = 10_000;

const DATABASE_VERBS = ['claim', 'claim_due', 'renew', 'complete', 'fail', 'release', 'checkpoint'];
const IDENTITY = { service: 'executor', version };

await runService('executor', async (service) => {
  const { logger, onStop, allowStop } = service;
  const config = readConfig();
  allowStop(config.DRAIN_TIMEOUT_MS + STOP_MARGIN_MS);
  const configured = parseModels(config.MODELS, MODEL_PROVIDERS);
  const models = await createModels(configured, {
    simulatedLatencyMs: config.SIMULATED_LATENCY_MS,
    openAiKey: config.OPENAI_API_KEY,
    openAiBaseUrl: config.OPENAI_BASE_URL,
    turnsMax: config.AGENT_TURNS_MAX,
  });

  const tracing = await openTracing(service, IDENTITY);
  const metrics = new Metrics(IDENTITY);
  const executorMetrics = new ExecutorMetrics(
    metrics,
    configured.map(({ id }) => id),
  );

  const schema = awaitSchema(config.DATABASE_URL, config.MIGRATE, logger);
  const db = openDatabase({
    url: config.DATABASE_URL,
    maxConnections: config.DATABASE_POOL_SIZE,
    applicationName: config.EXECUTOR_ID,
    logger,
    observer: databaseMetrics(metrics, DATABASE_VERBS),
  });
  onStop('database', () => db.close());

  const stream = { ...config.kafka, clientId: config.EXECUTOR_ID, logger };
  const onProduced = streamMetrics(metrics, {
    topics: [...LANE_TOPICS, TASK_EVENTS, TASKS_DEAD],
    isConnected: () => consumer.health().connected && producer.health().connected,
  });
  const producer = createTaskProducer({ ...stream, onProduced });
  onStop('producer', () => producer.stop());

  const consumer = createTaskConsumer({
    ...stream,
    onDoorbells: (doorbells) => executor.receive(doorbells),
    producer,
  });
  const toolThread = new ToolThread();
  onStop('tool thread', () => toolThread.stop());
  const executor = new Executor({
    db,
    executorId: config.EXECUTOR_ID,
    concurrency: config.EXECUTOR_CONCURRENCY,
    leaseMs: config.LEASE_MS,
    drainTimeoutMs: config.DRAIN_TIMEOUT_MS,
    models,
    modelLimits: configured,
    tools: offLoop(createToolRegistry(builtinTools), toolThread),
    workspaceRoot: config.WORKSPACE_DIR,
    announcer: new Announcer(producer),
    valve: consumer,
    groupMembers: () => groupMembers(consumer.health()),
    metrics: executorMetrics,
    tracing,
    logger,
  });
  executorGauges(metrics, { attempts: executor.attempts, slots: config.EXECUTOR_CONCURRENCY, consumer });

  const health = startHealthServer({
    hostname: config.HEALTH_HOST,
    port: config.HEALTH_PORT,
    readiness: () => readiness({ db, schema, consumer, executor, leaseMs: config.LEASE_MS }),
    metrics,
  });
  onStop('health server', () => health.stop(true));
  onStop('consumer', () => consumer.stop());
  onStop('executor', async () => {
    consumer.stopFetching();
    await executor.drain();
  });

  const retention = new Retention({ db, days: config.RETENTION_DAYS, logger });
  onStop('retention', () => retention.stop());
  const workspaces = { root: config.WORKSPACE_DIR, days: config.RETENTION_DAYS };
  const workspaceRetention = new WorkspaceRetention({ db, ...workspaces, logger });
  onStop('workspace retention', () => workspaceRetention.stop());

  await schema.ready;
  // Not waited for: if Postgres has gone away again, it begins once that is back, and heartbeats bring the news until then.
  listenForCancellations(db, (attempt) => executor.heardOfCancellation(attempt)).catch((error: unknown) =>
    logger.warn({ err: error }, 'not listening for cancellations yet'),
  );
  retention.start();
  workspaceRetention.start();
  producer.start();
  executor.start();
  consumer.start();
  logger.info({ executor_id: config.EXECUTOR_ID, models: [...models.keys()] }, 'started');
});
