import { expect, test } from 'bun:test';
import { openDatabase } from '@millrace/db';
import { createTestDatabase } from '../test-database.ts';
import { eventually } from '../waiting.ts';
import { createGateway, problemIn } from './gateway.ts';

test('lists that are slow hold up no submission, and too many of them are refused', async () => {
  await using database = await createTestDatabase(2);
  const scanDb = openDatabase({ url: database.url, maxConnections: 2, applicationName: 'slow-scans' });
  try {
    const gateway = createGateway(database.db, { scanDb });
    // As slow as a scan of very many rows: each row that is looked at takes 300 ms.
    await database.db.sql.unsafe(`
      insert into tasks (id, prompt, model, priority, max_attempts, timeout_ms, metadata, run_at, due_at)
      values (gen_random_uuid(), 'x', 'builtin', 5, 3, 1000, '{}', now(), now());
      alter table tasks rename to stored;
      create view tasks as select * from stored where (select pg_sleep(0.3)) is not null`);
    const scan = () => gateway.send('GET', '/tasks?text=x');
    const scans = Array.from({ length: 250 }, scan);
    await eventually('the connections for scans are taken', async () => {
      const rows = await database.db.sql`
        select 1 from pg_stat_activity where application_name = 'slow-scans' and wait_event = 'PgSleep'`;
      return rows.length === 2;
    });
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
