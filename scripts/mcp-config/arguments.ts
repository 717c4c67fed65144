import { parseArgs } from 'node:util';
import { StackError } from '@millrace/devstack';
import { CLIENT_NAMES, type ClientName } from './sections.ts';

export interface ConfigOptions {
  readonly clients: readonly ClientName[];
  readonly stdio: boolean;
  readonly http: boolean;
  readonly readOnly: boolean;
  readonly dataDir: string | undefined;
}

export const usage = `bun run mcp:config [client …] [options]: prints configuration for AI clients, ready to paste.

Clients: ${CLIENT_NAMES.join(', ')}. Default: all.

  --stdio           only stdio: the client starts its own server
  --http            only HTTP: the client connects to the server of bun run up
  --read-only       without the tools that submit, cancel and retry tasks
  --data-dir DIR    the data folder of bun run up (default .millrace in this repository)
  --help            this text

The addresses are those of the bun run up that runs in that folder. If none runs, or for your own database, they come
from the environment (or .env in this repository): DATABASE_URL or POSTGRES_PORT, MCP_HOST, MCP_PORT, MCP_AUTH. MODELS
and RETENTION_DAYS are passed on if set.`;

/** Null if help is asked for. Throws a StackError for an unknown or invalid argument. */
export function parseConfigArguments(args: readonly string[]): ConfigOptions | null {
  const { values, positionals } = parse(args);
  if (values.help) return null;
  const unknown = positionals.find((name) => !isClientName(name));
  if (unknown !== undefined) {
    throw new StackError(`${unknown} is not a known client.`, `Known clients: ${CLIENT_NAMES.join(', ')}.`);
  }
  if (values['data-dir'] === '') throw new StackError('--data-dir needs a folder.');
  return {
    clients: positionals.length > 0 ? [...new Set(positionals.filter(isClientName))] : CLIENT_NAMES,
    stdio: values.stdio || !values.http,
    http: values.http || !values.stdio,
    readOnly: values['read-only'],
    dataDir: values['data-dir'],
  };
}

function parse(args: readonly string[]) {
  const flag = { type: 'boolean', default: false } as const;
  try {
    return parseArgs({
      args: [...args],
      allowPositionals: true,
      options: {
        stdio: flag,
        http: flag,
        'read-only': flag,
        'data-dir': { type: 'string' },
        help: { ...flag, short: 'h' },
      },
    });
  } catch (cause) {
    const [message = ''] = (cause as Error).message.split('. ');
    throw new StackError(message, 'See `bun run mcp:config --help`.', { cause });
  }
}

function isClientName(name: string): name is ClientName {
  return CLIENT_NAMES.some((known) => known === name);
}
