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
  const { DATABASE_URL, DATABASE_CA_FILE, ...passwords } = readEnvironment({
    ...databaseSettings,
    GATEWAY_DB_PASSWORD: password,
    EXECUTOR_DB_PASSWORD: password,
    MCP_DB_PASSWORD: password,
  });
  const url = databaseUrl({ DATABASE_URL, DATABASE_CA_FILE });
  const given = { ...passwords, 'that in DATABASE_URL': /:\/\/[^:@/]*:([^@/]*)@/.exec(url)?.[1] };
  return {
    databaseUrl: url,
    passwords: {
      millrace_gateway: passwords.GATEWAY_DB_PASSWORD,
      millrace_executor: passwords.EXECUTOR_DB_PASSWORD,
      millrace_mcp: passwords.MCP_DB_PASSWORD,
    } satisfies Record<ServiceRole, string | undefined>,
    /** Which passwords are placeholders. */
    placeholders: Object.entries(given).flatMap(([name, text = '']) =>
      PLACEHOLDER.test(text) ? [name] : [],
    ),
  };
}
