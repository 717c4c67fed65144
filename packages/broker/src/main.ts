import { parseArgs } from 'node:util';
import { startBroker } from './broker.ts';
import type { LogFields, LogLevel } from './logger.ts';
import type { BrokerOptions } from './settings.ts';

const USAGE = `usage: bun packages/broker/src/main.ts --data-dir DIR
  [--host 127.0.0.1] [--port 9092] [--advertised-host HOST] [--no-auto-create-topics]`;

class InvalidArguments extends Error {}

function readArguments(argv: string[]): BrokerOptions {
  let values: Record<string, string | boolean | undefined>;
  try {
    ({ values } = parseArgs({
      args: argv,
      options: {
        'data-dir': { type: 'string' },
        host: { type: 'string' },
        port: { type: 'string' },
        'advertised-host': { type: 'string' },
        'auto-create-topics': { type: 'boolean' },
      },
      allowNegative: true,
    }));
  } catch (error) {
    throw new InvalidArguments((error as Error).message);
  }
  const text = (name: string) => values[name] as string | undefined;
  const dataDir = text('data-dir');
  const port = text('port');
  if (port !== undefined && !(/^\d{1,5}$/.test(port) && Number(port) <= 65_535)) {
    throw new InvalidArguments(`--port must be an integer from 0 to 65535, not "${port}"`);
  }
  if (!dataDir) throw new InvalidArguments('--data-dir is required: the folder to store the records in');
  return {
    dataDir,
    host: text('host'),
    port: port === undefined ? undefined : Number(port),
    advertisedHost: text('advertised-host'),
    autoCreateTopics: values['auto-create-topics'] as boolean | undefined,
  };
}

function log(level: LogLevel, msg: string, fields: LogFields): void {
  process.stdout.write(`${JSON.stringify({ level, time: new Date().toISOString(), msg, ...fields })}\n`);
}

function run(options: BrokerOptions): void {
  // The broker outlives whoever reads its log.
  process.stdout.on('error', () => {});
  const broker = startBroker({ ...options, log });
  const stop = async (signal: string) => {
    await broker.stop();
    log('info', 'stopped', { signal });
    process.exit(0);
  };
  process.once('SIGTERM', (signal) => void stop(signal));
  process.once('SIGINT', (signal) => void stop(signal));
  // From this line on, a supervisor may send signals.
  log('info', 'listening', {
    host: broker.host,
    port: broker.port,
    data_dir: options.dataDir,
    pid: process.pid,
  });
}

/** One line that says what is wrong and what to do about it. */
function explain(error: NodeJS.ErrnoException, options: BrokerOptions | undefined): string {
  const address = `${options?.host ?? '127.0.0.1'}:${options?.port ?? 9092}`;
  if (error.code === 'EADDRINUSE') {
    return `${address} is taken: stop what listens there, or choose another --port`;
  }
  if (error.syscall === 'listen') return `cannot listen on ${address}: ${error.code}`;
  if (error.syscall !== undefined) return `--data-dir ${options?.dataDir} cannot be used: ${error.message}`;
  return error.message;
}

let options: BrokerOptions | undefined;
try {
  options = readArguments(process.argv.slice(2));
  run(options);
} catch (error) {
  process.stderr.write(`broker: ${explain(error as NodeJS.ErrnoException, options)}\n`);
  if (error instanceof InvalidArguments) process.stderr.write(`${USAGE}\n`);
  process.exit(1);
}
