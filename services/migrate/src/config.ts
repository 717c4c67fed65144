import type { ServiceRole } from '@millrace/db';
import { databaseSettings, databaseUrl, optional, readEnvironment } from '@millrace/runtime';
import { Type } from '@sinclair/typebox';

/** Printable ASCII: what every client understands to be the same password. */
const password = optional(
  Type.String({
    pattern: '^[\\x21-\\x7e]{8,256}$',
    description: '8 to 256 letters, digits and signs of ASCII, without spaces',
  }),
);

/** @throws ConfigurationError */
export function readConfig() {
  const environment = readEnvironment({
    ...databaseSettings,
    GATEWAY_DB_PASSWORD: password,
    EXECUTOR_DB_PASSWORD: password,
    MCP_DB_PASSWORD: password,
  });
  const passwords: Record<ServiceRole, string | undefined> = {
    millrace_gateway: environment.GATEWAY_DB_PASSWORD,
    millrace_executor: environment.EXECUTOR_DB_PASSWORD,
    millrace_mcp: environment.MCP_DB_PASSWORD,
  };
  return { databaseUrl: databaseUrl(environment), passwords };
}
