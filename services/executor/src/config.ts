import { hostname } from 'node:os';
import { MODEL_PROVIDERS } from '@millrace/contracts';
import {
  databaseSettings,
  databaseUrl,
  host,
  kafkaConnection,
  kafkaSettings,
  MIGRATE,
  optional,
  parseModels,
  port,
  readEnvironment,
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
    EXECUTOR_ID: Type.String({
      pattern: '^[A-Za-z0-9._-]{1,100}$',
      default: `${hostname()}-${process.pid}`.replace(/[^A-Za-z0-9._-]/g, '-').slice(-100),
      description: 'a name unique among executors: letters, digits and . _ -',
    }),
    EXECUTOR_CONCURRENCY: Type.Integer({
      minimum: 1,
      maximum: 1000,
      default: 32,
      description:
        "how many tasks this executor runs at once, not counting those waiting for their model's limits",
    }),
    LEASE_MS: Type.Integer({
      minimum: 500,
      maximum: 600_000,
      default: 15_000,
      description:
        'milliseconds for which a dead executor keeps a task from the others; renewed three times as often',
    }),
    DRAIN_TIMEOUT_MS: Type.Integer({
      minimum: 0,
      maximum: 600_000,
      default: 15_000,
      description: 'milliseconds for which running tasks may go on after SIGTERM',
    }),
    RETENTION_DAYS: Type.Integer({
      minimum: 0,
      maximum: 36_500,
      default: 30,
      description: 'after how many days finished tasks and their files are deleted; 0 keeps them forever',
    }),
    DATABASE_POOL_SIZE: Type.Integer({
      minimum: 2,
      maximum: 100,
      default: 4,
      description: 'connections to Postgres',
    }),
    HEALTH_HOST: host(),
    HEALTH_PORT: port(3101),
    WORKSPACE_DIR: Type.String({
      minLength: 1,
      default: '.millrace/workspaces',
      description: "the folder for tools' files, shared by all executors of this database and by no others",
    }),
    SIMULATED_LATENCY_MS: Type.Integer({
      minimum: 0,
      maximum: 3_600_000,
      default: 5_000,
      description: 'milliseconds that the simulated model takes',
    }),
    OPENAI_API_KEY: optional(
      Type.String({
        pattern: '^[\\x21-\\x7e]+$',
        description: 'the key of the provider openai, without spaces',
      }),
    ),
    OPENAI_BASE_URL: optional(
      Type.String({
        pattern: '^https?://[^\\s/@?#]+(/[^\\s?#]*)?$',
        description:
          'a server with the same API as OpenAI, such as http://localhost:11434/v1, without a key in it',
      }),
    ),
    AGENT_TURNS_MAX: Type.Integer({
      minimum: 1,
      maximum: 1000,
      default: 20,
      description: 'how often a language model may be asked for one run of a task',
    }),
  });
  return {
    executorId: environment.EXECUTOR_ID,
    concurrency: environment.EXECUTOR_CONCURRENCY,
    leaseMs: environment.LEASE_MS,
    drainTimeoutMs: environment.DRAIN_TIMEOUT_MS,
    retentionDays: environment.RETENTION_DAYS,
    databaseUrl: databaseUrl(environment),
    migrate: environment.MIGRATE,
    databasePoolSize: environment.DATABASE_POOL_SIZE,
    kafka: kafkaConnection(environment),
    models: parseModels(environment.MODELS, MODEL_PROVIDERS),
    simulatedLatencyMs: environment.SIMULATED_LATENCY_MS,
    openAiKey: environment.OPENAI_API_KEY,
    openAiBaseUrl: environment.OPENAI_BASE_URL,
    turnsMax: environment.AGENT_TURNS_MAX,
    workspaceRoot: environment.WORKSPACE_DIR,
    healthHost: environment.HEALTH_HOST,
    healthPort: environment.HEALTH_PORT,
  };
}
