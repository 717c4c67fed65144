import { MODEL_PROVIDERS } from '@millrace/contracts';
import {
  databaseSettings,
  databaseUrl,
  host,
  isLoopback,
  MIGRATE,
  oneOf,
  parseModels,
  port,
  readEnvironment,
  refuse,
  settings,
} from '@millrace/runtime';
import { Type } from '@sinclair/typebox';
import { parseTokens } from './access/environment-tokens.ts';

const shared = {
  ...databaseSettings,
  MIGRATE,
  DATABASE_POOL_SIZE: Type.Integer({
    minimum: 1,
    maximum: 200,
    default: 4,
    description: 'connections to Postgres, as many for reading as for writing',
  }),
  MODELS: settings.MODELS,
  RETENTION_DAYS: Type.Integer({
    minimum: 0,
    maximum: 36_500,
    default: 30,
    description: 'days after which executors delete finished tasks; 0 if they keep them forever',
  }),
  MCP_READ_ONLY: Type.Boolean({
    default: false,
    description: '1 for a server without the tools that submit, cancel and retry tasks; 0 with them',
  }),
};

/** @throws ConfigurationError */
export function readStdioConfig() {
  return sharedConfig(readEnvironment(shared));
}

export type SharedConfig = ReturnType<typeof readStdioConfig>;

/** @throws ConfigurationError */
export function readHttpConfig() {
  const environment = readEnvironment({
    ...shared,
    MCP_HOST: host(),
    MCP_PORT: port(3333),
    MCP_AUTH: oneOf(['token', 'off'], {
      default: 'token',
      description:
        'token: every request needs an API key; off: none does, which only a loopback MCP_HOST allows',
    }),
    MCP_TOKENS: Type.String({
      default: '',
      description: 'API keys besides those in Postgres: name=key;scopes=tasks:read+tasks:write;owner=name, …',
    }),
    MCP_ALLOWED_HOSTS: list(
      String.raw`[A-Za-z0-9._-]+|\[[0-9A-Fa-f:]+\]`,
      'host names, without ports, that clients may use for this server besides localhost, separated by commas',
    ),
    MCP_ALLOWED_ORIGINS: list(
      String.raw`[a-z][a-z0-9+.-]*:\/\/[^\s,\/]+`,
      'origins of web pages that may call besides those on localhost, such as https://app.example.com, separated by commas',
    ),
  });
  const hostname = environment.MCP_HOST;
  if (environment.MCP_AUTH === 'off' && !isLoopback(hostname)) {
    refuse(
      'MCP_AUTH',
      `off opens every task to anyone who can reach ${hostname}; set token, or MCP_HOST to 127.0.0.1`,
    );
  }
  return {
    ...sharedConfig(environment),
    hostname,
    port: environment.MCP_PORT,
    authenticated: environment.MCP_AUTH === 'token',
    tokens: parseTokens(environment.MCP_TOKENS),
    // The address it listens on is its own name; a page that uses DNS rebinding has another.
    allowedHosts: [...entries(environment.MCP_ALLOWED_HOSTS), asHost(hostname.toLowerCase())],
    allowedOrigins: entries(environment.MCP_ALLOWED_ORIGINS),
  };
}

function sharedConfig(environment: ReturnType<typeof readEnvironment<typeof shared>>) {
  return {
    databaseUrl: databaseUrl(environment),
    migrate: environment.MIGRATE,
    databasePoolSize: environment.DATABASE_POOL_SIZE,
    models: parseModels(environment.MODELS, MODEL_PROVIDERS),
    retentionDays: environment.RETENTION_DAYS,
    readOnly: environment.MCP_READ_ONLY,
  };
}

function list(entry: string, description: string) {
  return Type.String({ pattern: `^((${entry})(\\s*,\\s*(${entry}))*)?$`, default: '', description });
}

/** As in URLs and the `Host` header. */
function asHost(address: string): string {
  return address.includes(':') ? `[${address}]` : address;
}

/** In lower case, as host names are compared. */
function entries(text: string): string[] {
  return text
    .split(',')
    .map((entry) => entry.trim().toLowerCase())
    .filter(Boolean);
}
