import { awaitSchema, findFinished, openDatabase, readTimeline } from '@millrace/db';
import { runService } from '@millrace/runtime';
import { createEventReader, createTaskProducer } from '@millrace/stream';
import { createApp } from './app.ts';
import { readConfig } from './config.ts';
import { LiveStreams } from './events/live-streams.ts';
import { TaskWaiters } from './waiting/task-waiters.ts';

const NAME = 'millrace-gateway';
/** Longer than a body may take to arrive. */
const STOP_GRACE_MS = 12_000;

await runService('gateway', async ({ logger, onStop, fail }) => {
  const config = readConfig();
  const { hostname, port, databaseUrl: url, databasePoolSize, scanPoolSize, ...limits } = config;

  const db = openDatabase({
    url,
    maxConnections: databasePoolSize,
    applicationName: NAME,
    logger,
  });
  onStop('database', () => db.close());
  const scanDb = openDatabase({
    url,
    maxConnections: scanPoolSize,
    applicationName: `${NAME}-scans`,
    logger,
  });
  onStop('database for scans', () => scanDb.close());

  // Serves meanwhile: /health says that it lives, /health/ready what it waits for, and everything else 503.
  const schema = awaitSchema(url, config.migrate, logger);
  schema.ready.catch(fail);

  const stream = { ...config.kafka, clientId: NAME, logger };
  const producer = createTaskProducer(stream);
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
  });
  onStop('event reader', () => events.stop());
  events.start();

  const app = createApp({ db, scanDb, schema, producer, events, waiters, streams, logger, ...limits });
  app.listen({
    hostname,
    port,
    development: false,
    // A second gateway on the same port is a mistake, and should fail instead of sharing it.
    reusePort: false,
    // The routes that take a body answer 413 themselves, with a problem; nothing reads the others'.
    maxRequestBodySize: Number.MAX_SAFE_INTEGER,
  });
  // Accepts nothing new and answers every accepted request; who has not even sent one by then is cut off.
  onStop('http server', async () => {
    await Promise.race([app.stop(), Bun.sleep(STOP_GRACE_MS)]);
    if (app.server) await app.stop(true);
  });
  onStop('waiting requests', () => waiters.stop());
  onStop('event streams', () => streams.stop());
  logger.info({ hostname, port, models: config.models.map(({ id }) => id) }, 'listening');
});
