import { chown, copyFile, mkdtemp, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Database, openDatabase } from '@millrace/db';
import { type PostgresServer, startPostgres } from '@millrace/devstack';
import { openPool } from '../test-database.ts';
import { eventually } from '../waiting.ts';
import type { Certificate } from './certificates.ts';

/** A separate Postgres whose certificate can be changed while it runs. */
export class TlsPostgres implements AsyncDisposable {
  readonly #folder: string;
  readonly #admin: Database;
  server: PostgresServer;

  private constructor(folder: string, server: PostgresServer) {
    this.#folder = folder;
    this.server = server;
    this.#admin = openDatabase({
      url: server.url,
      maxConnections: 1,
      applicationName: 'millrace-test-admin',
    });
  }

  static async start(): Promise<TlsPostgres> {
    const folder = await mkdtemp(join(tmpdir(), 'millrace-tls-'));
    return new TlsPostgres(folder, await startPostgres(optionsIn(folder)));
  }

  /** @param query of the URL, such as `sslmode=require` */
  url(query: string, host = '127.0.0.1'): string {
    return `${this.server.url.replace('127.0.0.1', host)}?${query}`;
  }

  /** From now on new connections are offered TLS with this certificate, or no TLS at all. */
  async present(certificate: Certificate | undefined): Promise<void> {
    const { sql } = this.#admin;
    const dataDir = join(this.#folder, 'data');
    if (certificate) {
      // Under a new name: the server rereads the files only if their names or dates have changed.
      const name = Bun.randomUUIDv7();
      for (const [ending, source] of Object.entries(certificate)) {
        const path = join(dataDir, `${name}.${ending}`);
        await copyFile(source, path);
        const { uid, gid } = await stat(dataDir);
        await chown(path, uid, gid);
      }
      await sql.unsafe(`alter system set ssl_cert_file = '${name}.cert'`);
      await sql.unsafe(`alter system set ssl_key_file = '${name}.key'`);
    }
    await sql.unsafe(`alter system set ssl = ${certificate ? 'on' : 'off'}`);
    await sql`select pg_reload_conf()`;
    const wanted = certificate ? 'on' : 'off';
    // A connection that began before the reload continues with the old settings.
    await eventually('the server has reloaded', async () => {
      const fresh = openPool(this.server.url);
      const [row] =
        await fresh.sql`select current_setting('ssl') as ssl, current_setting('ssl_cert_file') as file`;
      await fresh.close();
      const [file] =
        await sql`select setting from pg_file_settings where name = 'ssl_cert_file' order by seqno desc limit 1`;
      return row?.ssl === wanted && (!certificate || row?.file === file?.setting);
    });
  }

  async restart(): Promise<void> {
    const { port } = this.server;
    await this.server.stop('immediate');
    this.server = await startPostgres({ ...optionsIn(this.#folder), port });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#admin.close();
    await this.server.stop('immediate');
    await rm(this.#folder, { recursive: true, force: true });
  }
}

function optionsIn(folder: string) {
  return { dataDir: join(folder, 'data'), settings: { fsync: false } };
}
