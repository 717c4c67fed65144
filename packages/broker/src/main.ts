import { parseArgs } from 'node:util';
import { startBroker } from './broker.ts';
import type { LogFields, LogLevel } from './logger.ts';
import type { BrokerOptions } from './settings.ts';

const USAGE = `usage: bun packages/broker/src/main.ts --data-dir DIR
  [--host 127.0.0.1] [--port 9092] [--advertised-host HOST] [--partitions 1] [--no-auto-create-topics]
  [--retention-ms 604800000] [--retention-bytes -1] [--segment-bytes 16777216]
  [--session-timeout-ms-min 1000]`;

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
        partitions: { type: 'string' },
        'auto-create-topics': { type: 'boolean' },
        'retention-ms': { type: 'string' },
        'retention-bytes': { type: 'string' },
        'segment-bytes': { type: 'string' },
        'session-timeout-ms-min': { type: 'string' },
      },
      allowNegative: true,
    }));
  } catch (error) {
    throw new InvalidArguments((error as Error).message);
  }
  const integer = (name: string, min: number, max: number): number | undefined => {
    const value = values[name];
    if (value === undefined) return undefined;
    const number = value === '' ? Number.NaN : Number(value);
    if (Number.isSafeInteger(number) && number >= min && number <= max) return number;
    throw new InvalidArguments(`--${name} must be an integer from ${min} to ${max}, not "${value}"`);
  };
  const text = (name: string) => values[name] as string | undefined;
  const dataDir = text('data-dir');
  if (!dataDir) throw new InvalidArguments('--data-dir is required: the folder that holds the records');
  return {
    dataDir,
    host: text('host'),
    port: integer('port', 0, 65_535),
    advertisedHost: text('advertised-host'),
    partitions: integer('partitions', 1, 10_000),
    autoCreateTopics: values['auto-create-topics'] as boolean | undefined,
    retentionMs: integer('retention-ms', -1, Number.MAX_SAFE_INTEGER),
    retentionBytes: integer('retention-bytes', -1, Number.MAX_SAFE_INTEGER),
    segmentBytes: integer('segment-bytes', 1024, 1024 ** 3),
    sessionTimeoutMsMin: integer('session-timeout-ms-min', 1, 300_000),
  };
}

function log(level: LogLevel, msg: string, fields: LogFields): void {
  process.stdout.write(`${JSON.stringify({ level, time: new Date().toISOString(), msg, ...fields })}\n`);
}

function run(options: BrokerOptions): void {
  // Whoever read the log may go away; the broker stays.
  process.stdout.on('error', () => {});
  const broker = startBroker({ ...options, log });
  const stop = async (signal: string) => {
    await broker.stop();
    log('info', 'stopped', { signal });
    process.exit(0);
  };
  process.once('SIGTERM', (signal) => void stop(signal));
  process.once('SIGINT', (signal) => void stop(signal));
  // After this line a supervisor may send signals at once.
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
    return `${address} is taken: stop what listens there, or give another --port`;
  }
  if (error.syscall === 'listen') return `cannot listen on ${address}: ${error.code}`;
  switch (error.code) {
    case 'EACCES':
    case 'EPERM':
    case 'EROFS':
    case 'ENOTDIR':
    case 'ENOENT':
    case 'EEXIST':
    case 'ENOSPC':
      return `--data-dir ${options?.dataDir} cannot be used: ${error.message}`;
    default:
      return error.message;
  }
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
