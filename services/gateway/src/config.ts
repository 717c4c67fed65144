import { MODEL_PROVIDERS } from '@millrace/contracts';
import {
  databaseSettings,
  databaseUrl,
  host,
  isLoopback,
  kafkaConnection,
  kafkaSettings,
  MIGRATE,
  oneOf,
  parseModels,
  port,
  readEnvironment,
  refuse,
  settings,
} from '@millrace/runtime';
import { Type } from '@sinclair/typebox';

/** @throws ConfigurationError */
export function readConfig() {
  const environment = readEnvironment({
    ...databaseSettings,
    ...kafkaSettings,
    MIGRATE,
    MODELS: settings.MODELS,
    GATEWAY_HOST: host(),
    GATEWAY_PORT: port(3000),
    GATEWAY_AUTH: oneOf(['keys', 'off'], {
      default: 'keys',
      description:
        'keys: every request needs an API key; off: none does, which only a loopback GATEWAY_HOST allows',
    }),
    DATABASE_POOL_SIZE: Type.Integer({
      minimum: 1,
      maximum: 200,
      default: 10,
      description: 'connections to Postgres',
    }),
    DATABASE_SCAN_POOL_SIZE: Type.Integer({
      minimum: 1,
      maximum: 50,
      default: 2,
      description: 'additional connections for lists, histories, statistics and replays',
    }),
    BODY_LIMIT_BYTES: Type.Integer({
      minimum: 1024,
      maximum: 64 * 1024 * 1024,
      // The longest prompt and system, at six bytes a character, and room for the rest.
      default: 1536 * 1024,
      description: 'the largest request body in bytes',
    }),
    BATCH_BODY_LIMIT_BYTES: Type.Integer({
      minimum: 1024,
      maximum: 64 * 1024 * 1024,
      default: 8 * 1024 * 1024,
      description: 'the largest body of POST /tasks/batch in bytes',
    }),
    MAX_IN_FLIGHT: Type.Integer({
      minimum: 1,
      maximum: 1_000_000,
      default: 4096,
      description:
        'submissions, reads of a task, cancellations or retries in progress at once; any more are answered 429',
    }),
    MAX_WAITERS: Type.Integer({
      minimum: 0,
      maximum: 1_000_000,
      default: 10_000,
      description: 'requests that may wait for the end of a task at once; any more are answered 429',
    }),
    MAX_EVENT_STREAMS: Type.Integer({
      minimum: 0,
      maximum: 1_000_000,
      default: 10_000,
      description: 'clients that may watch tasks at once; any more are answered 429',
    }),
  });
  const hostname = environment.GATEWAY_HOST;
  if (environment.GATEWAY_AUTH === 'off' && !isLoopback(hostname)) {
    refuse(
      'GATEWAY_AUTH',
      `off opens every task to anyone who can reach ${hostname}; set keys, or GATEWAY_HOST to 127.0.0.1`,
    );
  }
  return {
    hostname,
    port: environment.GATEWAY_PORT,
    authenticated: environment.GATEWAY_AUTH === 'keys',
    databaseUrl: databaseUrl(environment),
    migrate: environment.MIGRATE,
    databasePoolSize: environment.DATABASE_POOL_SIZE,
    scanPoolSize: environment.DATABASE_SCAN_POOL_SIZE,
    kafka: kafkaConnection(environment),
    models: parseModels(environment.MODELS, MODEL_PROVIDERS),
    bodyLimitBytes: environment.BODY_LIMIT_BYTES,
    batchBodyLimitBytes: environment.BATCH_BODY_LIMIT_BYTES,
    maxInFlight: environment.MAX_IN_FLIGHT,
    maxWaiters: environment.MAX_WAITERS,
    maxStreams: environment.MAX_EVENT_STREAMS,
  };
}
