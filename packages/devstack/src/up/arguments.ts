import { parseArgs } from 'node:util';
import { StackError } from '../stack-error.ts';

export type UpArguments = { help: boolean; executors: number; dataDir: string | undefined };

export const usage = `bun run up: starts Millrace on this machine, and stops it on Ctrl-C.

  --executors N     how many executor processes, 1 to 32 (default 1)
  --data-dir DIR    where everything is kept (default .millrace in this repository)
  --help            this text

Environment (or .env in this repository; .env.example lists more):
  GATEWAY_PORT, MCP_PORT, KAFKA_PORT, POSTGRES_PORT    default 3000, 3333, 9092, 5433
  HEALTH_PORT                                          health and metrics of the executors: first free ports from here
                                                       on (default 3101)
  DATABASE_URL, KAFKA_BROKERS                          your own, instead of the embedded ones
  MODELS                                               the models that tasks may name (docs/models.md)
  OPENAI_API_KEY, OPENAI_BASE_URL                      passed to the executors only
  LOG_LEVEL                                            passed to the services`;

/** Throws a StackError for an unknown or invalid argument. */
export function parseUpArguments(args: readonly string[]): UpArguments {
  let values: { executors?: string; 'data-dir'?: string; help?: boolean };
  try {
    ({ values } = parseArgs({
      args: [...args],
      options: {
        executors: { type: 'string' },
        'data-dir': { type: 'string' },
        help: { type: 'boolean', short: 'h' },
      },
    }));
  } catch (cause) {
    throw new StackError((cause as Error).message.split('. ')[0] ?? '', 'See `bun run up --help`.', {
      cause,
    });
  }
  const executors = values.executors ?? '1';
  if (!/^\d{1,2}$/.test(executors) || Number(executors) < 1 || Number(executors) > 32) {
    throw new StackError(`--executors ${executors}: must be a whole number from 1 to 32.`);
  }
  if (values['data-dir'] === '') throw new StackError('--data-dir needs a folder.');
  return { help: values.help ?? false, executors: Number(executors), dataDir: values['data-dir'] };
}
