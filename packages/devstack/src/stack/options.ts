import type { PostgresSettings } from '../postgres/settings.ts';
import type { BackoffPolicy } from '../supervisor/backoff.ts';
import type { Environment } from './service-addresses.ts';

export type PartName = 'postgres' | 'broker' | 'gateway' | 'executor' | 'mcp';

export type StackPorts = { gateway: number; mcp: number; broker: number; postgres: number };

export type StackOptions = {
  /** Holds all data: the database, the stream's log, the workspaces. One stack at a time. */
  dataDir: string;
  /** How many executor processes. Default 1. */
  executors?: number;
  /** Default: free ports below 32768. */
  ports?: Partial<StackPorts>;
  /** Where the search for the executors' health ports begins; default: any free ports. */
  executorHealthPortMin?: number;
  /** Default: all. Services need the addresses of the parts that are left out. */
  parts?: readonly PartName[];
  /** Use this Postgres or these brokers instead of starting one. */
  databaseUrl?: string | undefined;
  kafkaBrokers?: string | undefined;
  /**
   * Settings of the services, e.g. `{ LOG_LEVEL: 'debug' }`, on top of the environment of this process.
   * `DATABASE_URL` and `KAFKA_BROKERS` here are those of a proxy, for instance; the stack itself keeps its
   * own.
   */
  env?: Environment;
  postgresSettings?: PostgresSettings;
  backoff?: BackoffPolicy;
  startTimeoutMs?: number;
  /** Called once the folder and ports are available, before any part starts. */
  onBegin?: () => void;
  /** Every line that a part prints, and what the supervisor says about it. */
  onLine?: (source: string, line: string) => void;
  /** The scripts to run, for tests of the stack itself. */
  scripts?: Partial<Record<Exclude<PartName, 'postgres'>, string>>;
};

export const allParts: readonly PartName[] = ['postgres', 'broker', 'gateway', 'executor', 'mcp'];
