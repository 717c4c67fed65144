import { parseArgs } from 'node:util';
import type { NewApiKey } from '@millrace/db';
import { ConfigurationError } from '@millrace/runtime';
import { isScope, SCOPES } from '../scopes.ts';

export type KeysCommand =
  | ({ kind: 'create' } & NewApiKey)
  | { kind: 'list' }
  | { kind: 'revoke'; idOrName: string }
  | { kind: 'help' };

export const USAGE = `bun run keys: manages API keys for HTTP and MCP, in the database of DATABASE_URL or, if unset, of \`bun run up\`.

  create --name NAME        creates a key and shows it once
    --owner OWNER           whose tasks it creates and sees (default: the name)
    --scopes SCOPES         tasks:read, tasks:write or both, comma-separated (default: both); add admin
                            for the tasks of all owners; admin alone means all three
    --rate-limit N          requests per minute
    --max-open-tasks N      adds no task while the owner has this many unfinished
    --expires-in-days N     the key expires after N days
  list                      lists all keys, without the secrets
  revoke ID|NAME            revokes the key of this id, or all of this name

  --data-dir DIR            the data folder of bun run up (default .millrace in this repository)`;

const LABEL = /^[\x21-\x7e]([\x20-\x7e]{0,62}[\x21-\x7e])?$/;
const COUNT_MAX = 1_000_000;
const DAYS_MAX = 36_500;

const options = {
  name: { type: 'string' },
  owner: { type: 'string' },
  scopes: { type: 'string' },
  'rate-limit': { type: 'string' },
  'max-open-tasks': { type: 'string' },
  'expires-in-days': { type: 'string' },
  'data-dir': { type: 'string' },
  help: { type: 'boolean', short: 'h' },
} as const;

/** @throws ConfigurationError for an unknown, invalid or missing argument */
export function parseKeysArguments(args: readonly string[]): KeysCommand & { dataDir?: string } {
  const {
    values: { 'data-dir': dataDir, ...values },
    positionals,
  } = parsed(args);
  if (dataDir === '') throw refusal('--data-dir needs a folder');
  return { ...commandOf(values, positionals), ...(dataDir !== undefined && { dataDir }) };
}

function commandOf(values: Values, positionals: readonly string[]): KeysCommand {
  const [kind, ...rest] = positionals;
  if (values.help || kind === undefined) return { kind: 'help' };
  if (kind === 'create') {
    if (rest[0] !== undefined)
      throw refusal(`${rest[0]} belongs to no option; quote a value that has spaces`);
    return { kind, ...newKey(values) };
  }
  const [needless] = Object.keys(values);
  if (needless !== undefined) throw refusal(`--${needless} is only for create`);
  if (kind === 'list' && rest.length === 0) return { kind };
  if (kind !== 'revoke') throw refusal(`${positionals.join(' ')} is not a command`);
  const [idOrName] = rest;
  if (rest.length !== 1 || !idOrName) throw refusal('revoke needs the id or the name of a key');
  return { kind, idOrName };
}

type Values = Omit<ReturnType<typeof parsed>['values'], 'data-dir'>;

function parsed(args: readonly string[]) {
  try {
    return parseArgs({ args: [...args], allowPositionals: true, options });
  } catch (error) {
    throw refusal((error as Error).message);
  }
}

function newKey(values: Values): NewApiKey {
  const name = label('name', values.name, 'what uses the key');
  const scopes = scopesOf(values.scopes);
  const max_open_tasks = count('max-open-tasks', values['max-open-tasks'], COUNT_MAX);
  if (max_open_tasks !== null && scopes.includes('admin')) {
    throw refusal('--max-open-tasks cannot limit admin, which retries the tasks of all owners');
  }
  return {
    name,
    owner: label('owner', values.owner ?? name, 'whose tasks it creates and sees'),
    scopes,
    rate_limit: count('rate-limit', values['rate-limit'], COUNT_MAX),
    max_open_tasks,
    expires_in_days: count('expires-in-days', values['expires-in-days'], DAYS_MAX),
  };
}

function label(option: string, text: string | undefined, what: string): string {
  if (text !== undefined && LABEL.test(text)) return text;
  throw refusal(`--${option} is needed: ${what}, 1 to 64 ASCII characters with no space at either end`);
}

function scopesOf(text = 'tasks:read,tasks:write'): string[] {
  if (text === 'admin') return [...SCOPES];
  const scopes = text.split(',');
  if (scopes.every(isScope) && scopes.some((scope) => scope !== 'admin')) return [...new Set(scopes)];
  throw refusal(`--scopes must be one or more of ${SCOPES.join(', ')}, separated by commas without spaces`);
}

function count(option: string, text: string | undefined, max: number): number | null {
  if (text === undefined) return null;
  const value = Number(text);
  if (/^\d+$/.test(text) && value >= 1 && value <= max) return value;
  throw refusal(`--${option} must be a whole number from 1 to ${max}`);
}

function refusal(reason: string): ConfigurationError {
  return new ConfigurationError(`${reason}\n\n${USAGE}`);
}
