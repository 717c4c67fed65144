import { beforeAll, describe, expect, test } from 'bun:test';
import { createServer, type Socket } from 'node:net';
import { isDatabaseUnavailable, openDatabase } from '@millrace/db';
import { freePort } from '@millrace/devstack';
import { startOwnPostgres } from '../own-postgres.ts';
import { shared } from '../shared.ts';
import { startTcpProxy } from '../tcp-proxy.ts';
import { openPool } from '../test-database.ts';
import { eventually, within } from '../waiting.ts';

const first = shared(startOwnPostgres);
/** It makes transactions read-only by default, like a standby. */
const second = shared(startOwnPostgres);
let primary: number;
let standby: number;

beforeAll(async () => {
  [primary, standby] = [first.port, second.port];
  for (const { url, port } of [first, second]) {
    await using db = openPool(url);
    await db.sql.unsafe(`create role hosts login password 'hosts'`);
    if (port === standby) await db.sql.unsafe('alter role hosts set default_transaction_read_only = on');
  }
}, 60_000);

/** Asks `count` times at once for the port of the server that answers, or the code of the error. */
async function ask(ports: readonly number[], query = '', count = 1): Promise<unknown[]> {
  const hosts = ports.map((port) => `127.0.0.1:${port}`).join(',');
  const url = `postgres://hosts:hosts@${hosts}/postgres${query}`;
  const { sql, close } = openPool(url, 2);
  try {
    const asked = Array.from({ length: count }, async () => {
      try {
        const [row] = await sql`select inet_server_port() as port`;
        return row!.port;
      } catch (error) {
        expect(isDatabaseUnavailable(error)).toBe(true);
        return (error as { code: string }).code;
      }
    });
    return await within('all have an answer', 10_000, Promise.all(asked));
  } finally {
    await close();
  }
}

/** Like a balancer without a backend: reads what a client sends first, then closes cleanly. */
async function startBalancer() {
  let connections = 0;
  const sockets = new Set<Socket>();
  const server = createServer((socket) => {
    connections++;
    sockets.add(socket);
    socket.on('error', () => undefined);
    socket.on('close', () => sockets.delete(socket));
    socket.once('data', () => socket.end());
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    port: (server.address() as { port: number }).port,
    get connections() {
      return connections;
    },
    async [Symbol.asyncDispose]() {
      for (const socket of sockets) socket.destroy();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

// Without patches/postgres@3.4.9.patch the first query waits forever, and opens thousands of connections a second.
describe('an address that accepts connections and closes them', () => {
  test('is retried with a delay, and whoever waits gets the error', async () => {
    await using balancer = await startBalancer();
    const answers = await ask([balancer.port], '', 8);
    expect(answers).toEqual(answers.map(() => 'CONNECTION_CLOSED'));
    expect(balancer.connections).toBe(8);
  });

  test('is skipped if the URL names another', async () => {
    await using balancer = await startBalancer();
    expect(await ask([balancer.port, primary])).toEqual([primary]);
    expect(await ask([balancer.port, balancer.port], '', 2)).toEqual([
      'CONNECTION_CLOSED',
      'CONNECTION_CLOSED',
    ]);
    expect(balancer.connections).toBe(5);
  });
});

test('of several hosts those that refuse connections are skipped; if all do, that is an error', async () => {
  const nobody = await freePort();
  expect(await ask([nobody, primary])).toEqual([primary]);
  expect(await ask([nobody, nobody])).toEqual(['ECONNREFUSED']);
});

test('target_session_attrs finds the matching host, at any position', async () => {
  expect(await ask([standby, primary], '?target_session_attrs=read-write')).toEqual([primary]);
  expect(await ask([primary, standby], '?target_session_attrs=read-only')).toEqual([standby]);
  expect(await ask([primary, standby], '?target_session_attrs=primary')).toEqual([primary]);
});

test('target_session_attrs that no host has are an error; a mere preference is not', async () => {
  expect(await ask([standby, standby], '?target_session_attrs=read-write')).toEqual(['CONNECTION_DESTROYED']);
  expect(await ask([primary], '?target_session_attrs=standby')).toEqual(['CONNECTION_DESTROYED']);
  expect(await ask([primary, primary], '?target_session_attrs=prefer-standby')).toEqual([primary]);
});

test('with several hosts too, the first statement of a cut connection fails at once', async () => {
  await using proxy = await startTcpProxy(primary);
  const url = `postgres://hosts:hosts@127.0.0.1:${proxy.port},127.0.0.1:${primary}/postgres`;
  const { sql, close } = openDatabase({ url, maxConnections: 1, applicationName: 'cut' });
  const cut = sql`select pg_sleep(10)`.catch((error: unknown) => error);
  const watcher = openDatabase({ url: first.url, maxConnections: 1, applicationName: 'watcher' });
  await eventually('the statement runs', async () => {
    const rows = await watcher.sql`
      select from pg_stat_activity where application_name = 'cut' and wait_event = 'PgSleep'`;
    return rows.length > 0;
  });
  proxy.cut();
  expect(await within('the statement fails', 5_000, cut)).toMatchObject({ code: 'CONNECTION_CLOSED' });
  expect(await sql`select 1 as one`).toMatchObject([{ one: 1 }]);
  await Promise.all([close(), watcher.close()]);
});
