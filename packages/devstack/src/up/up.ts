import { existsSync } from 'node:fs';
import { join, relative, resolve } from 'node:path';
import { isatty } from 'node:tty';
import { ConfigurationError, shellLine } from '@millrace/runtime';
import { ConsoleWriter } from '../log/console-writer.ts';
import { choosePaint } from '../log/paint.ts';
import { StackLog } from '../log/stack-log.ts';
import { withoutPassword } from '../postgres/shown-address.ts';
import { repositoryRoot } from '../stack/part-definitions.ts';
import { Stack } from '../stack/stack.ts';
import { StackError } from '../stack-error.ts';
import { parseUpArguments, usage } from './arguments.ts';
import { readUpEnvironment } from './environment.ts';
import { summarize } from './summary.ts';

/** `bun run up`: resolves with the exit code once everything has stopped. */
export async function up(args: readonly string[]): Promise<number> {
  const console = new ConsoleWriter(process.stdout);
  const paint = choosePaint(process.stdout.isTTY === true, process.env);
  try {
    const { help, executors, dataDir: folder } = parseUpArguments(args);
    if (help) {
      console.write(usage);
      return 0;
    }
    const environment = readUpEnvironment(process.env);
    const dataDir = folder ? resolve(folder) : join(repositoryRoot, '.millrace');
    const sources = ['millrace', 'postgres', 'broker', 'gateway', 'mcp', `executor-${executors}`];
    const log = new StackLog(console, paint, sources);
    const { databaseUrl, kafkaBrokers, ports, models } = environment;
    const stack = new Stack({
      dataDir,
      executors,
      ports,
      executorHealthPortMin: environment.healthPort,
      databaseUrl,
      kafkaBrokers,
      onLine: log.line,
      onBegin: () => {
        const firstStart = !databaseUrl && !existsSync(join(dataDir, 'postgres', 'PG_VERSION'));
        const what = firstStart ? 'first start: creating a database in' : 'starting with the data in';
        log.line('millrace', `${what} ${shown(dataDir)}`);
      },
    });

    const stopped = stopOnSignal(stack, (message) => log.line('millrace', message));
    const began = performance.now();
    try {
      await stack.start();
    } catch (error) {
      if (!stopped.requested) throw error;
      await stopped.done;
      return 0;
    }
    const facts = {
      dataDir: shown(dataDir),
      keysCommand: `bun run keys create --name me${folder ? ` ${shellLine(['--data-dir', folder])}` : ''}`,
      models,
      database: databaseShown(stack, databaseUrl === undefined, shown(dataDir)),
      startedInMs: performance.now() - began,
    };
    for (const line of summarize(stack, facts, paint)) console.write(line);
    await stopped.done;
    log.line('millrace', 'stopped; the data is kept');
    return 0;
  } catch (error) {
    if (!isForPeople(error)) throw error;
    console.write(`\n${paint.level('ERROR', 'Millrace could not start.')}\n${error.message}\n`);
    return 1;
  } finally {
    await console.flush();
  }
}

// One Ctrl-C arrives twice: from the terminal, and forwarded by the `bun run` that started us.
const echoMsMax = 500;

/** The first signal stops everything in order, the second kills everything. */
function stopOnSignal(
  stack: Stack,
  say: (message: string) => void,
): { requested: boolean; done: Promise<void> } {
  const { promise, resolve: settle, reject } = Promise.withResolvers<void>();
  const state = { requested: false, done: promise };
  let firstAt = 0;
  const onSignal = (signal: NodeJS.Signals) => {
    if (state.requested) {
      if (signal === 'SIGHUP' || performance.now() - firstAt < echoMsMax) return;
      stack.killNow();
      process.exit(130);
    }
    state.requested = true;
    firstAt = performance.now();
    say(`${signal === 'SIGINT' ? '' : `${signal}: `}stopping in order; Ctrl-C again stops at once`);
    stack.stop().then(settle, reject);
  };
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.on(signal, onSignal);
  // The terminal was closed. npm and `bun run` do not pass on that a signal is ignored, so `nohup` is
  // recognised by none of our streams being a terminal; on macOS it leaves standard input alone.
  const streams = process.platform === 'darwin' ? [1, 2] : [0, 1, 2];
  process.on('SIGHUP', streams.some(isatty) ? onSignal : () => {});
  return state;
}

/** Explained by us or by the system (a full disk, no permission); anything else is a defect. */
function isForPeople(error: unknown): error is Error {
  if (error instanceof StackError || error instanceof ConfigurationError) return true;
  return error instanceof Error && 'syscall' in error;
}

function databaseShown(stack: Stack, embedded: boolean, dataDir: string): string {
  const url = withoutPassword(stack.databaseUrl);
  return embedded ? `${url} (password in ${join(dataDir, 'postgres', 'millrace.password')})` : url;
}

function shown(folder: string): string {
  const path = relative(process.cwd(), folder);
  return path.startsWith('..') ? folder : path || '.';
}
