import type { ServiceRole } from '@millrace/db';
import { databaseSettings, databaseUrl, optional, readEnvironment } from '@millrace/runtime';
import { Type } from '@sinclair/typebox';

/** Printable ASCII, which every client encodes alike. */
const password = optional(
  Type.String({
    pattern: '^[\\x21-\\x7e]{8,256}$',
    description: '8 to 256 printable ASCII characters without spaces',
  }),
);

/** How the passwords in .env.example begin. */
const PLACEHOLDER = /^replace-me/;

/** @throws ConfigurationError */
export function readConfig() {
  const environment = readEnvironment({
    ...databaseSettings,
    GATEWAY_DB_PASSWORD: password,
    EXECUTOR_DB_PASSWORD: password,
    MCP_DB_PASSWORD: password,
  });
  const url = databaseUrl(environment);
  const { GATEWAY_DB_PASSWORD, EXECUTOR_DB_PASSWORD, MCP_DB_PASSWORD } = environment;
  const passwords: Record<ServiceRole, string | undefined> = {
    millrace_gateway: GATEWAY_DB_PASSWORD,
    millrace_executor: EXECUTOR_DB_PASSWORD,
    millrace_mcp: MCP_DB_PASSWORD,
  };
  const given = {
    GATEWAY_DB_PASSWORD,
    EXECUTOR_DB_PASSWORD,
    MCP_DB_PASSWORD,
    'that in DATABASE_URL': /:\/\/[^:@/]*:([^@/]*)@/.exec(url)?.[1],
  };
  const placeholders = Object.entries(given)
    .filter(([, password = '']) => PLACEHOLDER.test(password))
    .map(([name]) => name);
  return { databaseUrl: url, passwords, placeholders };
}
