import type { PostgresSettings } from '../postgres/settings.ts';
import type { BackoffPolicy } from '../supervisor/backoff.ts';

export type PartName = 'postgres' | 'broker' | 'gateway' | 'executor' | 'mcp';

export type StackPorts = { gateway: number; mcp: number; broker: number; postgres: number };

export type StackOptions = {
  /** Everything that is kept lies below it: the database, the log, the workspaces. One stack at a time. */
  dataDir: string;
  /** How many executor processes. Default 1. */
  executors?: number;
  /** Default: free ports below 32768. */
  ports?: Partial<StackPorts>;
  /** The executors' health ports are the first free ones from here; default: any free ones. */
  executorHealthPortMin?: number;
  /** Default: all. What is left out is not started; services need the addresses of what is. */
  parts?: readonly PartName[];
  /** Use this Postgres or these brokers and start none. */
  databaseUrl?: string;
  kafkaBrokers?: string;
  /** What the services' environment starts from. Default: this process' own. */
  environment?: Record<string, string | undefined>;
  /** Laid over everything that the services are told, e.g. `{ LOG_LEVEL: 'debug' }`. */
  env?: Record<string, string | undefined>;
  postgresSettings?: PostgresSettings;
  backoff?: BackoffPolicy;
  startTimeoutMs?: number;
  /** Called once all that is needed is there, its folder and ports, before any part starts. */
  onBegin?: () => void;
  /** Every line that a part prints, and what the supervisor has to say about it. */
  onLine?: (source: string, line: string) => void;
  /** The scripts to run, for tests of the stack itself. */
  scripts?: Partial<Record<Exclude<PartName, 'postgres'>, string>>;
};

export const allParts: readonly PartName[] = ['postgres', 'broker', 'gateway', 'executor', 'mcp'];

/** What the services are told, without what the stack decides. */
export function partEnvironment({
  environment = process.env,
  env,
}: StackOptions): Record<string, string | undefined> {
  return { ...environment, ...env };
}
