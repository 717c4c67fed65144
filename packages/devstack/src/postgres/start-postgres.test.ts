import { afterAll, beforeAll, describe, expect, setDefaultTimeout, test } from 'bun:test';
import { appendFileSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { SQL } from 'bun';
import { freePort } from '../ports/free-port.ts';
import { identify, isAlive, waitForDeath } from '../process/identity.ts';
import { chooseAccount } from './account.ts';
import { findBinaries } from './binaries.ts';
import { postgresEnvironment } from './cluster.ts';
import { createDatabase, databaseUrl, dropDatabase } from './databases.ts';
import type { PostgresServer } from './postgres-server.ts';
import { readPostmaster } from './postmaster-file.ts';
import { commandLine, developmentSettings } from './settings.ts';
import { type PostgresOptions, startPostgres } from './start-postgres.ts';

// Starting processes takes time on a busy machine.
setDefaultTimeout(60_000);

const folder = mkdtempSync(join(tmpdir(), 'millrace-postgres-'));
const dataDir = join(folder, 'postgres');
const quick: Partial<PostgresOptions> = { settings: { fsync: false } };

afterAll(() => rmSync(folder, { recursive: true, force: true }));

const start = (options: Partial<PostgresOptions> = {}) => startPostgres({ dataDir, ...quick, ...options });

/** A process that starts the server, prints its pid, and goes on like this. */
function startInChild(then: string) {
  const program = `import { startPostgres } from ${JSON.stringify(join(import.meta.dir, 'start-postgres.ts'))};
    console.log((await startPostgres(${JSON.stringify({ dataDir, ...quick })})).pid);
    ${then}`;
  return Bun.spawn([process.execPath, '-e', program], { stdout: 'pipe', stderr: 'ignore' });
}

/** As a server leaves it that had this pid. */
function leavePostmasterFile(pid: number): void {
  const lines = [pid, dataDir, 1700000000, 5432, '', '127.0.0.1', '  12345 67890', 'ready   ', ''];
  writeFileSync(join(dataDir, 'postmaster.pid'), lines.join('\n'));
}

async function query(url: string, statement: string): Promise<Record<string, unknown>[]> {
  await using sql = new SQL(url, { max: 1 });
  return [...(await sql.unsafe(statement))];
}

describe('one data folder through its life', () => {
  let server: PostgresServer;
  beforeAll(async () => {
    server = await start();
    await query(server.url, 'CREATE TABLE kept (id int)');
  });
  afterAll(() => server.stop());

  test('speaks UTF-8, UTC and PostgreSQL 18, and is durable by default', async () => {
    const [row] = await query(
      server.url,
      `SELECT current_setting('server_encoding') AS encoding, current_setting('timezone') AS zone,
              current_setting('server_version') AS version, current_setting('synchronous_commit') AS sync,
              upper('é') AS upper, current_database() AS database`,
    );
    expect(row).toEqual({
      encoding: 'UTF8',
      zone: 'UTC',
      version: expect.stringMatching(/^18\./),
      sync: 'on',
      upper: 'É',
      database: 'millrace',
    });
  });

  test('admits nobody without the password, which only its owner can read', async () => {
    const wrong = new URL(server.url);
    wrong.password = 'wrong';
    await expect(query(wrong.href, 'SELECT 1')).rejects.toThrow(/password authentication failed/);
    expect(statSync(join(dataDir, 'millrace.password')).mode & 0o077).toBe(0);
  });

  test('keeps its data across stop and start', async () => {
    await server.stop();
    expect(isAlive(server.pid)).toBe(false);
    server = await start();
    expect(server.adopted).toBe(false);
    expect(await query(server.url, 'SELECT count(*)::int AS n FROM kept')).toEqual([{ n: 0 }]);
  });

  test('recovers after kill -9, on the same port', async () => {
    await query(server.url, 'INSERT INTO kept VALUES (1)');
    server.kill('SIGKILL');
    await server.exited;
    server = await start({ port: server.port });
    expect(await query(server.url, 'SELECT id FROM kept')).toEqual([{ id: 1 }]);
  });

  test('is adopted if another process left it running, and stopped by its adopter', async () => {
    await server.stop();
    const port = await freePort();
    const settings = commandLine({ ...developmentSettings, ...quick.settings, port });
    const { prefix } = chooseAccount(dataDir);
    const left = Bun.spawn([...prefix, findBinaries().postgres, '-D', dataDir, ...settings], {
      env: postgresEnvironment(),
      stdio: ['ignore', 'ignore', 'ignore'],
    });
    while (!readPostmaster(dataDir)?.ready) await Bun.sleep(5);

    const { url } = server;
    server = await start();
    expect(server).toMatchObject({ adopted: true, pid: left.pid, port });
    expect(new URL(server.url).password).toBe(new URL(url).password);
    await server.stop();
    expect(isAlive(left.pid)).toBe(false);
    server = await start();
  });

  test.if(process.platform === 'linux')(
    'stops when its parent is killed, shutting its data down cleanly',
    async () => {
      await server.stop();
      const parent = startInChild('setInterval(() => {}, 1000);');
      const { value } = await parent.stdout.getReader().read();
      const left = identify(Number(new TextDecoder().decode(value)));
      expect(left).not.toBeNull();
      parent.kill('SIGKILL');
      await parent.exited;
      expect(await waitForDeath(left!, 10_000)).toBe(true);
      expect(readFileSync(join(dataDir, 'server.log'), 'utf8').trimEnd()).toEndWith(
        'database system is shut down',
      );
      server = await start();
    },
  );

  test('moves to another port on request', async () => {
    const before = server;
    const port = await freePort();
    server = await start({ port });
    await before.exited;
    expect(server).toMatchObject({ adopted: false, port });
  });

  test('stops with a parent that throws', async () => {
    await server.stop();
    const parent = startInChild("throw new Error('the end');");
    const pid = Number((await parent.stdout.text()).trim());
    expect(await parent.exited).not.toBe(0);
    server = await start();
    expect(server.pid).not.toBe(pid);
    expect(server.adopted).toBe(false);
  });
});

describe('what the last run left in the data folder', () => {
  test('a postmaster.pid whose pid now belongs to another process', async () => {
    leavePostmasterFile(process.pid);
    await using server = await start();
    expect(server.adopted).toBe(false);
  });

  test('a postmaster.pid whose pid is a zombie', async () => {
    // The shell's child exits at once and is never reaped: exec has replaced the shell by sleep.
    const parent = Bun.spawn(['sh', '-c', 'sh -c "exit 0" & echo $!; exec sleep 60'], { stdout: 'pipe' });
    const { value } = await parent.stdout.getReader().read();
    leavePostmasterFile(Number(new TextDecoder().decode(value)));
    try {
      await using server = await start();
      expect(server.adopted).toBe(false);
    } finally {
      parent.kill();
      await parent.exited;
    }
  });
});

test('a port in use is named', async () => {
  const port = await freePort();
  using _blocker = Bun.listen({ hostname: '127.0.0.1', port, socket: { data() {} } });
  await expect(start({ port })).rejects.toThrow(`cannot listen on port ${port}: it is in use`);
});

test('a server that cannot start reports why in its own words', async () => {
  await expect(start({ settings: { shared_buffers: 'plenty' } })).rejects.toThrow(
    /invalid value for parameter "shared_buffers"/,
  );
});

test('the log file does not grow forever', async () => {
  const log = join(dataDir, 'server.log');
  appendFileSync(log, 'x'.repeat(5 * 1024 * 1024));
  await using _server = await start();
  expect(statSync(log).size).toBeLessThan(64 * 1024);
});

test('databases: created, copied from a template, dropped with sessions open', async () => {
  await using server = await start();
  const template = await createDatabase(server.url, 'a "template"');
  await query(template, 'CREATE TABLE t AS SELECT 7 AS seven');
  const copies = await Promise.all(
    ['copy 1', 'copy 2'].map((name) => createDatabase(server.url, name, { template: 'a "template"' })),
  );
  for (const copy of copies) expect(await query(copy, 'SELECT seven FROM t')).toEqual([{ seven: 7 }]);
  await expect(createDatabase(server.url, 'copy 1')).rejects.toThrow(/already exists/);

  await using session = new SQL(databaseUrl(server.url, 'copy 1'), { max: 1 });
  await session`SELECT 1`;
  await dropDatabase(server.url, 'copy 1');
  await dropDatabase(server.url, 'copy 1');
  await expect(query(copies[0] ?? '', 'SELECT 1')).rejects.toThrow(/does not exist/);
  expect(readFileSync(server.logFile, 'utf8')).toContain('database "copy 1" does not exist');
});
