import { MODEL_PROVIDERS } from '@millrace/contracts';
import {
  parseModels,
  port,
  readEnvironment,
  requireDatabaseAddress,
  requireProviders,
  settings,
} from '@millrace/runtime';
import { Type } from '@sinclair/typebox';
import type { StackPorts } from '../stack/options.ts';

const schemas = {
  GATEWAY_PORT: port(3000),
  MCP_PORT: port(3333),
  KAFKA_PORT: port(9092),
  POSTGRES_PORT: port(5433),
  HEALTH_PORT: port(3101),
  MODELS: settings.MODELS,
  DATABASE_URL: Type.Union([Type.String({ pattern: '^postgres(ql)?://' }), Type.Undefined()], {
    description: 'postgres://user:password@host:port/database, or unset for the embedded Postgres',
  }),
  KAFKA_BROKERS: Type.Union(
    [Type.String({ pattern: '^[^,\\s:]+:\\d+(,[^,\\s:]+:\\d+)*$' }), Type.Undefined()],
    { description: 'host:port of the brokers, separated by commas, or unset for the embedded broker' },
  ),
};

export type UpEnvironment = {
  ports: StackPorts;
  /** Where the search for the executors' health ports begins. */
  healthPort: number;
  databaseUrl: string | undefined;
  kafkaBrokers: string | undefined;
  /** As in `MODELS`, without options: `name` or `name=provider`, the default first. */
  models: readonly string[];
};

/** Throws a ConfigurationError that names every invalid variable. */
export function readUpEnvironment(environment: Record<string, string | undefined>): UpEnvironment {
  const values = readEnvironment(schemas, environment);
  if (values.DATABASE_URL !== undefined) requireDatabaseAddress('DATABASE_URL', values.DATABASE_URL);
  const models = parseModels(values.MODELS, MODEL_PROVIDERS);
  // As in readEnvironment, an empty one counts as unset.
  const { OPENAI_API_KEY, OPENAI_BASE_URL } = environment;
  requireProviders(models, { key: OPENAI_API_KEY || undefined, baseUrl: OPENAI_BASE_URL || undefined });
  return {
    ports: {
      gateway: values.GATEWAY_PORT,
      mcp: values.MCP_PORT,
      broker: values.KAFKA_PORT,
      postgres: values.POSTGRES_PORT,
    },
    healthPort: values.HEALTH_PORT,
    databaseUrl: values.DATABASE_URL,
    kafkaBrokers: values.KAFKA_BROKERS,
    models: models.map(({ id, provider }) => (id === provider ? id : `${id}=${provider}`)),
  };
}
