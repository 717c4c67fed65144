import { expect, test } from 'bun:test';
import { type Access, openAccess } from '@millrace/access';
import { type Database, openDatabase } from '@millrace/db';
import { createTestDatabase } from '../test-database.ts';
import { eventually, within } from '../waiting.ts';
import { createGateway, problemIn } from './gateway.ts';

const SCANS = { scanPoolSize: 2 };
const openScans = (url: string) =>
  openDatabase({ url, maxConnections: SCANS.scanPoolSize, applicationName: 'slow-scans' });
/** Who waits for a scan that is held waits for longer: until Postgres gives the scan up. */
const SOON_MS = 10_000;
const GATE = 1;

/** As slow as a scan of very many rows: one that looks at a row of this owner's goes on when it is let go. */
async function holdScans({ sql }: Database, owner: string | null) {
  await sql.unsafe(`
    insert into tasks (id, prompt, model, priority, max_attempts, timeout_ms, metadata, run_at, due_at, owner)
    values (gen_random_uuid(), 'x', 'builtin', 5, 3, 1000, '{}', now(), now(), ${owner ? `'${owner}'` : 'null'});
    alter table tasks rename to stored;
    create view tasks as select * from stored where owner is distinct from ${owner ? `'${owner}'` : 'null'}
      or (select pg_advisory_xact_lock_shared(${GATE})) is not null`);
  const held = Promise.withResolvers<void>();
  const release = Promise.withResolvers<void>();
  const holder = sql.begin(async (transaction) => {
    await transaction`set local idle_in_transaction_session_timeout = 0`;
    await transaction`select pg_advisory_xact_lock(${GATE})`;
    held.resolve();
    await release.promise;
  });
  await held.promise;
  const letGo = async () => {
    release.resolve();
    await holder;
  };
  return { letGo, [Symbol.asyncDispose]: letGo };
}

function aScanIsHeld(db: Database) {
  return eventually('a slow scan is under way', async () => {
    const rows = await db.sql`
      select 1 from pg_stat_activity where application_name = 'slow-scans' and wait_event = 'advisory'`;
    return rows.length > 0;
  });
}

test('lists that are slow hold up no submission, and too many of them are refused', async () => {
  await using database = await createTestDatabase(2);
  const scanDb = openScans(database.url);
  try {
    const gateway = createGateway(database.db, { scanDb, ...SCANS });
    await using held = await holdScans(database.db, null);
    const scan = () => gateway.send('GET', '/tasks?text=x');
    const scans = Array.from({ length: 250 }, scan);
    await aScanIsHeld(database.db);
    const refused = await scan();
    expect(refused.headers.get('retry-after')).toBe('1');
    expect(await problemIn(refused)).toMatchObject({ status: 429, code: 'overloaded' });

    for (let i = 0; i < 10; i++) {
      const posted = gateway.send('POST', '/tasks', { prompt: 'x' });
      expect((await within('the submission is accepted', SOON_MS, posted)).status).toBe(202);
    }
    const ready = await gateway.send('GET', '/health/ready');
    expect(ready.status).toBe(200);
    await held.letGo();
    await Promise.all(scans);
  } finally {
    await scanDb.close();
  }
}, 60_000);

test("one owner's slow lists hold up no other's, nor statistics", async () => {
  await using database = await createTestDatabase(2);
  const scanDb = openScans(database.url);
  try {
    const authorize = ({ headers }: Request): Access => {
      const owner = headers.get('x-owner');
      return { ...openAccess('anybody'), caller: { sees: owner, owner, max_open_tasks: null } };
    };
    const gateway = createGateway(database.db, { scanDb, ...SCANS, authorize });
    await using held = await holdScans(database.db, 'ada');
    const get = (path: string, owner: string) => gateway.send('GET', path, undefined, { 'x-owner': owner });
    const slow = Array.from({ length: 8 }, async () => (await get('/tasks?text=x', 'ada')).status);
    await aScanIsHeld(database.db);
    for (const path of ['/tasks', '/tasks?text=y', '/stats']) {
      expect((await within(`bob has ${path}`, SOON_MS, get(path, 'bob'))).status).toBe(200);
    }
    await held.letGo();
    expect(new Set(await Promise.all(slow))).toEqual(new Set([200]));
  } finally {
    await scanDb.close();
  }
}, 60_000);
