import { host, port, readEnvironment, settings } from '@millrace/runtime';
import { Type } from '@sinclair/typebox';

const database = {
  DATABASE_URL: settings.DATABASE_URL,
  DATABASE_POOL_SIZE: Type.Integer({
    minimum: 1,
    maximum: 200,
    default: 4,
    description: 'connections to Postgres, from 1 to 200',
  }),
};

/** @throws ConfigurationError */
export function readStdioConfig() {
  const environment = readEnvironment(database);
  return { databaseUrl: environment.DATABASE_URL, databasePoolSize: environment.DATABASE_POOL_SIZE };
}

export type DatabaseConfig = ReturnType<typeof readStdioConfig>;

/** @throws ConfigurationError */
export function readHttpConfig() {
  const environment = readEnvironment({
    ...database,
    MCP_HOST: host(),
    MCP_PORT: port(3333),
    MCP_ALLOWED_HOSTS: list(
      String.raw`[A-Za-z0-9._-]+|\[[0-9A-Fa-f:]+\]`,
      'host names, without ports, that clients may use for this server besides localhost, separated by commas',
    ),
    MCP_ALLOWED_ORIGINS: list(
      String.raw`[a-z][a-z0-9+.-]*:\/\/[^\s,\/]+`,
      'origins of web pages that may call besides those on localhost, such as https://app.example.com, separated by commas',
    ),
  });
  return {
    databaseUrl: environment.DATABASE_URL,
    databasePoolSize: environment.DATABASE_POOL_SIZE,
    hostname: environment.MCP_HOST,
    port: environment.MCP_PORT,
    allowedHosts: entries(environment.MCP_ALLOWED_HOSTS),
    allowedOrigins: entries(environment.MCP_ALLOWED_ORIGINS),
  };
}

function list(entry: string, description: string) {
  return Type.String({ pattern: `^((${entry})(\\s*,\\s*(${entry}))*)?$`, default: '', description });
}

/** In lower case, as host names are compared. */
function entries(text: string): string[] {
  return text
    .split(',')
    .map((entry) => entry.trim().toLowerCase())
    .filter(Boolean);
}
