import type { Logger } from '@millrace/contracts';
import {
  checkReading,
  type Database,
  type DatabaseObserver,
  isRoleRefused,
  migrate,
  openDatabase,
  READER_ROLE,
  readOnlyUrl,
  requireSchema,
} from '@millrace/db';
import { shareResult } from '@millrace/runtime';
import type { SharedConfig } from './config.ts';

const NAME = 'millrace-mcp';
const SCANNING_CONNECTIONS = 2;
/** A client that ends its server expects it to be gone; a statement in progress is cut off with its connection. */
const CLOSE_MS_MAX = 250;

/** What may be slow has connections of its own, so that a list never delays a status. */
interface Readers {
  readonly reading: Database;
  readonly scanning: Database;
}

/**
 * The service's connections. Reads run under a role that cannot write or, where the login may not assume it,
 * at least in read-only transactions.
 */
export class Databases {
  readonly #config: SharedConfig;
  readonly #logger: Logger;
  readonly #observer: DatabaseObserver | undefined;
  readonly writing: Database;
  #readers: Readers | undefined;

  /**
   * Resolves once the schema is this version's and can be read; with `MCP_READ_ONLY`, the schema is left as
   * it is. Rejects while Postgres can't be reached; the next call tries again.
   */
  readonly ready = shareResult(() => this.#prepare(), Number.POSITIVE_INFINITY);

  /** Makes no connection yet. */
  constructor(config: SharedConfig, logger: Logger, observer?: DatabaseObserver) {
    this.#config = config;
    this.#logger = logger;
    this.#observer = observer;
    this.writing = this.#open(config.databaseUrl, 'writing', config.databasePoolSize);
  }

  get reading(): Database {
    return this.#reader('reading');
  }

  get scanning(): Database {
    return this.#reader('scanning');
  }

  async close(): Promise<void> {
    const all = [this.writing, this.#readers?.reading, this.#readers?.scanning];
    const closed = Promise.all(all.map((db) => db?.close()));
    await Promise.race([closed, Bun.sleep(CLOSE_MS_MAX)]);
  }

  async #prepare(): Promise<void> {
    const { databaseUrl, migrate: mode, readOnly } = this.#config;
    if (!readOnly) await (mode === 'auto' ? migrate(databaseUrl) : requireSchema(databaseUrl));
    try {
      this.#readers = await this.#openReaders({ role: true });
    } catch (error) {
      if (!isRoleRefused(error)) throw error;
      const remedy = `an administrator can run: grant ${READER_ROLE} to <the login>; see docs/mcp.md`;
      this.#logger.warn(
        { reason: (error as Error).message, remedy },
        `cannot read as ${READER_ROLE}; reading in read-only transactions of the login`,
      );
      this.#readers = await this.#openReaders({ role: false });
    }
  }

  async #openReaders({ role }: { role: boolean }): Promise<Readers> {
    const { databaseUrl, databasePoolSize } = this.#config;
    const url = readOnlyUrl(databaseUrl, { role });
    const reading = this.#open(url, 'reading', databasePoolSize);
    try {
      await checkReading(reading);
    } catch (error) {
      await reading.close();
      throw error;
    }
    return { reading, scanning: this.#open(url, 'scanning', SCANNING_CONNECTIONS) };
  }

  #reader(name: keyof Readers): Database {
    if (!this.#readers) throw new Error(`${name} before ready`);
    return this.#readers[name];
  }

  #open(url: string, purpose: string, maxConnections: number): Database {
    const applicationName = `${NAME}-${purpose}`;
    return openDatabase({
      url,
      maxConnections,
      applicationName,
      logger: this.#logger,
      observer: this.#observer,
    });
  }
}
