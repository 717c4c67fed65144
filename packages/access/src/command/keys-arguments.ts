import { parseArgs } from 'node:util';
import type { NewApiKey } from '@millrace/db';
import { ConfigurationError } from '@millrace/runtime';
import { isScope, SCOPES } from '../scopes.ts';

export type KeysCommand =
  | ({ kind: 'create' } & NewApiKey)
  | { kind: 'list' }
  | { kind: 'revoke'; idOrName: string }
  | { kind: 'help' };

export const USAGE = `bun run keys: API keys, for HTTP and MCP, in the database of DATABASE_URL, or else of \`bun run up\`.

  create --name NAME        makes a key and shows it once
    --owner OWNER           whose tasks it makes and sees; the name, if left out
    --scopes SCOPES         tasks:read, tasks:write, or both, which is the default; with admin for the
                            tasks of all owners: admin alone stands for all three
    --rate-limit N          requests a minute
    --max-open-tasks N      tasks of the owner that may be unfinished when it adds one
    --expires-in-days N     ends by itself
  list                      shows all keys, which cannot be read any more
  revoke ID|NAME            ends one, or all of that name

  --data-dir DIR            the folder that bun run up was given (default .millrace in this repository)`;

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

/** @throws ConfigurationError for whatever is not known or missing */
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
  if (kind === 'create' && rest.length === 0) return { kind, ...newKey(values) };
  const [needless] = Object.keys(values);
  if (needless !== undefined) throw refusal(`--${needless} belongs to create`);
  if (kind === 'list' && rest.length === 0) return { kind };
  if (kind !== 'revoke') throw refusal(`${positionals.join(' ')} is not known`);
  const [idOrName] = rest;
  if (rest.length !== 1 || !idOrName) throw refusal('revoke takes the id or the name of a key');
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
    throw refusal(
      '--max-open-tasks is no limit for admin, who adds to the tasks of all owners by retrying them',
    );
  }
  return {
    name,
    owner: label('owner', values.owner ?? name, 'whose tasks it makes and sees'),
    scopes,
    rate_limit: count('rate-limit', values['rate-limit'], COUNT_MAX),
    max_open_tasks,
    expires_in_days: count('expires-in-days', values['expires-in-days'], DAYS_MAX),
  };
}

function label(option: string, text: string | undefined, what: string): string {
  if (text !== undefined && LABEL.test(text)) return text;
  throw refusal(`--${option} is needed: ${what}, in 1 to 64 characters of ASCII without spaces around them`);
}

function scopesOf(text = 'tasks:read,tasks:write'): string[] {
  if (text === 'admin') return [...SCOPES];
  const scopes = text.split(',');
  if (scopes.every(isScope) && scopes.some((scope) => scope !== 'admin')) return [...new Set(scopes)];
  throw refusal(`--scopes is one or more of ${SCOPES.join(', ')}, separated by commas and without spaces`);
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
