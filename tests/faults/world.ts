import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Database, migrate, openDatabase } from '@millrace/db';
import { Stack, type Supervisor, startPostgres } from '@millrace/devstack';
import { eventually } from '../waiting.ts';
import { installAudit } from './audit.ts';
import { type BrokerKind, type FaultyBroker, startBroker } from './brokers.ts';
import { untilStreamWorks } from './stream-health.ts';

export const EXECUTORS = 3;
export const LEASE_MS = 1_500;
/** Few enough that a test can exhaust them. */
export const CONNECTIONS_MAX = 60;
const START_TIMEOUT_MS = 60_000;
const LOG_LINES_MAX = 20_000;

/** Leases, drains and tasks this short, so that a minute contains many of each. */
const ENVIRONMENT = {
  MODELS: 'builtin,simulated',
  SIMULATED_LATENCY_MS: '400',
  EXECUTOR_CONCURRENCY: '16',
  LEASE_MS: String(LEASE_MS),
  DRAIN_TIMEOUT_MS: '200',
  LOG_LEVEL: 'info',
};

export interface WorldOptions {
  readonly broker: BrokerKind;
  readonly env?: Readonly<Record<string, string>>;
  readonly executors?: number;
}

/** A complete Millrace as separate processes, with its own Postgres and broker, each of which can be hit. */
export class World {
  readonly stack: Stack;
  readonly db: Database;
  readonly broker: FaultyBroker;
  readonly brokerKind: BrokerKind;
  readonly #folder: string;
  readonly #log: string[];

  private constructor(parts: {
    stack: Stack;
    db: Database;
    broker: FaultyBroker;
    brokerKind: BrokerKind;
    folder: string;
    log: string[];
  }) {
    this.stack = parts.stack;
    this.db = parts.db;
    this.broker = parts.broker;
    this.brokerKind = parts.brokerKind;
    this.#folder = parts.folder;
    this.#log = parts.log;
  }

  static async start({ broker: brokerKind, env = {}, executors = EXECUTORS }: WorldOptions): Promise<World> {
    const folder = await mkdtemp(join(tmpdir(), 'millrace-faults-'));
    const log: string[] = [];
    let broker: FaultyBroker | undefined;
    let stack: Stack | undefined;
    let db: Database | undefined;
    try {
      await prepareDatabase(join(folder, 'postgres'));
      broker = await startBroker(brokerKind, join(folder, 'kafka'));
      stack = new Stack({
        dataDir: folder,
        executors,
        parts: ['postgres', 'gateway', 'executor'],
        kafkaBrokers: broker.process.brokers.join(','),
        env: { ...ENVIRONMENT, ...env },
        postgresSettings: { max_connections: CONNECTIONS_MAX },
        // Dead processes are restarted at once: the recovery to measure is Millrace's own.
        backoff: { initialMs: 100, maxMs: 500, healthyAfterMs: 1_000 },
        onLine: (source, line) => {
          log.push(`${new Date().toISOString()} ${source} ${line}`);
          if (log.length > LOG_LINES_MAX) log.splice(0, LOG_LINES_MAX / 10);
        },
      });
      await stack.start();
      db = openDatabase({ url: stack.databaseUrl, maxConnections: 4, applicationName: 'millrace-faults' });
      return new World({ stack, db, broker, brokerKind, folder, log });
    } catch (error) {
      await db?.close();
      await stack?.stop();
      await broker?.process.stop();
      await rm(folder, { recursive: true, force: true });
      throw error;
    }
  }

  get executors(): readonly Supervisor[] {
    return this.stack.executors;
  }

  /** The services' output lines that contain these words. */
  logged(words: string): string[] {
    return this.#log.filter((line) => line.includes(words));
  }

  /** Removes everything left by the previous scenario. */
  async reset(): Promise<void> {
    this.#log.length = 0;
    await this.allReady();
    await this.db.sql`truncate tasks, fault_audit cascade`;
  }

  /** Starts whatever a scenario left stopped, and waits until submissions are accepted. */
  async serving(): Promise<void> {
    for (const executor of this.executors) void executor.start().catch(() => {});
    await eventually(
      'Postgres answers and the gateway is ready',
      async () => {
        await this.db.sql`select 1`;
        return (await fetch(`${this.stack.gatewayUrl}/health/ready`)).ok;
      },
      { timeoutMs: START_TIMEOUT_MS },
    );
  }

  /** Waits until every process is ready and takes part in the stream, which readiness alone does not require. */
  async allReady(): Promise<void> {
    await this.serving();
    await Promise.all(this.executors.map((executor) => executor.start()));
    await untilStreamWorks(this.broker.process.brokers, this.executors.length);
  }

  /** Keeps the services' output beyond the folder's removal, and says where. */
  async keepLog(name: string): Promise<string> {
    const path = join(tmpdir(), `millrace-faults-${name}.log`);
    await writeFile(path, `${this.#log.join('\n')}\n`);
    return path;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.db.close();
    await this.stack.stop();
    await this.broker.process.stop();
    await rm(this.#folder, { recursive: true, force: true });
  }
}

/** The services start on a migrated database that already has its audit. */
async function prepareDatabase(dataDir: string): Promise<void> {
  await using server = await startPostgres({ dataDir });
  await migrate(server.url);
  const db = openDatabase({ url: server.url, maxConnections: 1, applicationName: 'millrace-faults' });
  try {
    await installAudit(db);
  } finally {
    await db.close();
  }
}
