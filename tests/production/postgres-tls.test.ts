import { beforeAll, describe, expect, test } from 'bun:test';
import {
  checkReading,
  type Database,
  getTask,
  listenForCancellations,
  migrate,
  openDatabase,
  ping,
  readOnlyUrl,
  submit,
  UNRESTRICTED,
  whyNotReady,
} from '@millrace/db';
import { newTask } from '../db/new-task.ts';
import { spawnGateway, startGateway } from '../gateway/gateway-process.ts';
import { shared } from '../shared.ts';
import { openPool } from '../test-database.ts';
import { eventually, within } from '../waiting.ts';
import { Authority, type Certificate, withoutOpenssl } from './certificates.ts';
import { spawnService } from './service-process.ts';
import { TlsPostgres } from './tls-postgres.ts';

if (withoutOpenssl) console.warn(`skipped: TLS to Postgres, ${withoutOpenssl}`);

describe.skipIf(withoutOpenssl !== undefined)('TLS to Postgres', () => {
  const postgres = shared(() => TlsPostgres.start());
  const authority = shared(() => Authority.create());
  const other = shared(() => Authority.create('Somebody else'));
  let ours: Certificate;
  let elsewhere: Certificate;
  let expired: Certificate;

  beforeAll(async () => {
    ours = await authority.issue('ours', { names: 'DNS:localhost,IP:127.0.0.1' });
    elsewhere = await authority.issue('elsewhere', { names: 'DNS:elsewhere.example' });
    expired = await authority.issue('expired', { names: 'DNS:localhost,IP:127.0.0.1', expired: true });
    await migrate(postgres.server.url);
  }, 60_000);

  const trusting = (mode: string, ca: string) => `sslmode=${mode}&sslrootcert=${encodeURIComponent(ca)}`;

  async function using<Result>(url: string, use: (db: Database) => Promise<Result>): Promise<Result> {
    const db = openPool(url);
    try {
      return await within('Postgres answers or is refused', 8_000, use(db));
    } finally {
      await db.close();
    }
  }

  /** Whether the connection is encrypted, as the server sees it; or why there is none. */
  function outcome(url: string): Promise<string> {
    return using(url, async ({ sql }) => {
      const [row] = await sql`select ssl from pg_stat_ssl where pid = pg_backend_pid()`;
      return row?.ssl ? 'encrypted' : 'plain';
    }).catch((error: unknown) => (error as { code: string }).code);
  }

  test('each mode demands what it does in libpq, by name and by address', async () => {
    await postgres.present(ours);
    for (const host of ['localhost', '127.0.0.1']) {
      const modes: [query: string, outcome: string][] = [
        ['sslmode=disable', 'plain'],
        ['application_name=nothing-said', 'plain'],
        ['sslmode=require', 'encrypted'],
        [trusting('require', authority.ca), 'encrypted'],
        [trusting('require', other.ca), 'UNABLE_TO_VERIFY_LEAF_SIGNATURE'],
        [trusting('verify-ca', authority.ca), 'encrypted'],
        [trusting('verify-ca', other.ca), 'UNABLE_TO_VERIFY_LEAF_SIGNATURE'],
        [trusting('verify-full', authority.ca), 'encrypted'],
        [trusting('verify-full', other.ca), 'UNABLE_TO_VERIFY_LEAF_SIGNATURE'],
        // The public authorities have not signed it.
        ['sslmode=verify-full', 'UNABLE_TO_VERIFY_LEAF_SIGNATURE'],
      ];
      for (const [query, expected] of modes) {
        expect([host, query, await outcome(postgres.url(query, host))]).toEqual([host, query, expected]);
      }
    }
  }, 60_000);

  test('a certificate for another host is accepted by verify-ca, and not by verify-full', async () => {
    await postgres.present(elsewhere);
    for (const host of ['localhost', '127.0.0.1']) {
      expect(await outcome(postgres.url(trusting('verify-ca', authority.ca), host))).toBe('encrypted');
      expect(await outcome(postgres.url(trusting('verify-full', authority.ca), host))).toBe(
        'ERR_TLS_CERT_ALTNAME_INVALID',
      );
    }
  }, 30_000);

  test('an expired certificate is refused by every verifying mode', async () => {
    await postgres.present(expired);
    const url = (mode: string) => postgres.url(trusting(mode, authority.ca));
    await eventually('it has expired', async () => (await outcome(url('verify-ca'))) === 'CERT_HAS_EXPIRED');
    expect(await outcome(url('verify-full'))).toBe('CERT_HAS_EXPIRED');
  }, 30_000);

  test('a server without TLS is refused at once, with a reason', async () => {
    await postgres.present(undefined);
    const url = postgres.url('sslmode=require');
    expect(await outcome(url)).toBe('SSL_NOT_SUPPORTED');
    const refusal = await migrate(url).catch((error: unknown) => error);
    expect(whyNotReady(refusal)).toContain('Postgres offers no TLS');
  }, 30_000);

  test('all kinds of connections use it, and a pool survives a restart of its server', async () => {
    await postgres.present(ours);
    const url = postgres.url(trusting('verify-full', authority.ca));
    await migrate(url);
    const db = openDatabase({ url, maxConnections: 4, applicationName: 'millrace-tls' });
    const stopListening = await listenForCancellations(db, () => {});
    const task = await submit(db, newTask());
    await using(readOnlyUrl(url, { role: true }), async (reader) => {
      await checkReading(reader);
      expect(await getTask(reader, UNRESTRICTED, task.id)).toEqual(task);
    });
    const [counts] = await db.sql`
      select count(*)::int as all, count(*) filter (where ssl)::int as encrypted
      from pg_stat_ssl join pg_stat_activity using (pid) where application_name = 'millrace-tls'`;
    expect(counts?.encrypted).toBe(counts?.all);
    expect(counts?.all).toBeGreaterThanOrEqual(2);

    for (let round = 0; round < 3; round++) {
      const underWay = Promise.allSettled(
        Array.from({ length: 8 }, () => db.sql`select pg_sleep(5)`.execute()),
      );
      await postgres.restart();
      await within('the statements in flight fail', 10_000, underWay);
      await eventually('the pool is back', () => ping(db).then(() => true));
    }
    await Promise.all(Array.from({ length: 8 }, () => ping(db)));
    await stopListening();
    await db.close();
  }, 60_000);

  test('a service takes the authority from DATABASE_CA_FILE, and exits if another signed the certificate, or without TLS', async () => {
    await postgres.present(ours);
    const DATABASE_URL = postgres.url('sslmode=verify-full');
    {
      await using gateway = await startGateway({ DATABASE_URL, DATABASE_CA_FILE: authority.ca });
      expect((await gateway.submit('over TLS')).status).toBe(202);
    }
    await using refused = await spawnGateway({ DATABASE_URL, DATABASE_CA_FILE: other.ca });
    expect(await within('the service exits', 15_000, refused.exited)).toBe(1);
    expect(refused.log()).toContain('The certificate of Postgres is refused; check DATABASE_CA_FILE');
    await using patient = await spawnService('mcp', { DATABASE_URL, DATABASE_CA_FILE: other.ca });
    await eventually('an MCP server says so, and waits', () =>
      patient.log().includes('The certificate of Postgres is refused; check DATABASE_CA_FILE'),
    );
    await postgres.present(undefined);
    await using plain = await spawnGateway({ DATABASE_URL, DATABASE_CA_FILE: authority.ca });
    expect(await within('the service exits', 15_000, plain.exited)).toBe(1);
    expect(plain.log()).toContain('Postgres offers no TLS, which sslmode in DATABASE_URL demands');
  }, 60_000);
});
