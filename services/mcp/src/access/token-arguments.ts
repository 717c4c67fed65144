import { parseArgs } from 'node:util';
import { ConfigurationError } from '@millrace/runtime';
import { SCOPES } from './access.ts';

export type TokenCommand =
  | { kind: 'create'; name: string; scopes: string[]; expires_in_days: number | null }
  | { kind: 'list' }
  | { kind: 'revoke'; id: string }
  | { kind: 'help' };

export const USAGE = `bun run mcp:token: tokens for MCP over HTTP. DATABASE_URL says in which database.

  create --name NAME [--scopes tasks:read,tasks:write] [--expires-in-days N]
                     makes a token and shows it once; it may only read unless --scopes says more,
                     and does not expire unless --expires-in-days does
  list               shows all tokens, which cannot be read any more
  revoke ID          ends one

With the embedded Postgres of \`bun run up\`, DATABASE_URL is postgres://millrace:PASSWORD@127.0.0.1:5433/millrace,
its password in .millrace/postgres/millrace.password.`;

const UUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i;
const DAYS_MAX = 36_500;

/** @throws ConfigurationError for whatever is not known or missing */
export function parseTokenArguments(args: readonly string[]): TokenCommand {
  const { values, positionals } = parsed(args);
  const [kind, ...rest] = positionals;
  if (values.help || kind === undefined) return { kind: 'help' };
  if (kind === 'create' && rest.length === 0) {
    return {
      kind,
      name: nameOf(values.name),
      scopes: scopesOf(values.scopes),
      expires_in_days: daysOf(values['expires-in-days']),
    };
  }
  if (kind === 'list' && rest.length === 0) return { kind };
  if (kind === 'revoke' && rest.length === 1 && UUID.test(rest[0]!)) return { kind, id: rest[0]! };
  throw refusal(
    kind === 'revoke' ? 'revoke takes the id of a token' : `${positionals.join(' ')} is not known`,
  );
}

function parsed(args: readonly string[]) {
  try {
    return parseArgs({
      args: [...args],
      allowPositionals: true,
      options: {
        name: { type: 'string' },
        scopes: { type: 'string' },
        'expires-in-days': { type: 'string' },
        help: { type: 'boolean', short: 'h' },
      },
    });
  } catch (error) {
    throw refusal((error as Error).message);
  }
}

function nameOf(name: string | undefined): string {
  if (name && /^[\x21-\x7e][\x20-\x7e]{0,63}$/.test(name)) return name;
  throw refusal('--name is needed: what uses the token, in up to 64 characters');
}

function scopesOf(text = SCOPES[0] as string): string[] {
  const scopes = text.split(',');
  const known = scopes.every((scope) => SCOPES.some((other) => other === scope));
  if (known && scopes.includes('tasks:read')) return scopes;
  throw refusal(`--scopes is tasks:read, or ${SCOPES.join(',')}`);
}

function daysOf(text: string | undefined): number | null {
  if (text === undefined) return null;
  const days = Number(text);
  if (Number.isInteger(days) && days >= 1 && days <= DAYS_MAX) return days;
  throw refusal(`--expires-in-days must be a whole number from 1 to ${DAYS_MAX}`);
}

function refusal(reason: string): ConfigurationError {
  return new ConfigurationError(`${reason}\n\n${USAGE}`);
}
