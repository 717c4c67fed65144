import { expect, test } from 'bun:test';
import { type Access, openAccess } from '@millrace/access';
import { type Database, openDatabase } from '@millrace/db';
import { createTestDatabase } from '../test-database.ts';
import { eventually } from '../waiting.ts';
import { createGateway, problemIn } from './gateway.ts';

const SCANS = { scanPoolSize: 2 };
const openScans = (url: string) =>
  openDatabase({ url, maxConnections: SCANS.scanPoolSize, applicationName: 'slow-scans' });

/** As slow as a scan of very many rows: each row of this owner's that is looked at takes 300 ms. */
function slowDown({ sql }: Database, owner: string | null) {
  return sql.unsafe(`
    insert into tasks (id, prompt, model, priority, max_attempts, timeout_ms, metadata, run_at, due_at, owner)
    values (gen_random_uuid(), 'x', 'builtin', 5, 3, 1000, '{}', now(), now(), ${owner ? `'${owner}'` : 'null'});
    alter table tasks rename to stored;
    create view tasks as select * from stored where owner is distinct from ${owner ? `'${owner}'` : 'null'}
      or (select pg_sleep(0.3)) is not null`);
}

function slowScans(db: Database) {
  return eventually('a slow scan is under way', async () => {
    const rows = await db.sql`
      select 1 from pg_stat_activity where application_name = 'slow-scans' and wait_event = 'PgSleep'`;
    return rows.length > 0;
  });
}

test('lists that are slow hold up no submission, and too many of them are refused', async () => {
  await using database = await createTestDatabase(2);
  const scanDb = openScans(database.url);
  try {
    const gateway = createGateway(database.db, { scanDb, ...SCANS });
    await slowDown(database.db, null);
    const scan = () => gateway.send('GET', '/tasks?text=x');
    const scans = Array.from({ length: 250 }, scan);
    await slowScans(database.db);
    const refused = await scan();
    expect(refused.headers.get('retry-after')).toBe('1');
    expect(await problemIn(refused)).toMatchObject({ status: 429, code: 'overloaded' });

    for (let i = 0; i < 10; i++) {
      const begun = performance.now();
      expect((await gateway.send('POST', '/tasks', { prompt: 'x' })).status).toBe(202);
      expect(performance.now() - begun).toBeLessThan(250);
    }
    const ready = await gateway.send('GET', '/health/ready');
    expect(ready.status).toBe(200);
    await scanDb.sql.end({ timeout: 0 });
    await Promise.allSettled(scans);
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
    await slowDown(database.db, 'ada');
    const get = (path: string, owner: string) => gateway.send('GET', path, undefined, { 'x-owner': owner });
    let answered = 0;
    const slow = Array.from({ length: 8 }, async () => {
      const { status } = await get('/tasks?text=x', 'ada');
      answered++;
      return status;
    });
    await slowScans(database.db);
    for (const path of ['/tasks', '/tasks?text=y', '/stats']) {
      expect((await get(path, 'bob')).status).toBe(200);
    }
    expect(answered).toBeLessThan(4);
    expect(new Set(await Promise.all(slow))).toEqual(new Set([200]));
  } finally {
    await scanDb.close();
  }
}, 60_000);
