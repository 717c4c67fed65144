import { expect, test } from 'bun:test';
import { openDatabase } from '@millrace/db';
import journal from '../../packages/db/migrations/meta/_journal.json';
import { createEmptyDatabase } from '../test-database.ts';

test('ten processes migrate at once, and again', async () => {
  const url = await createEmptyDatabase();
  const script = `import { migrate } from '@millrace/db'; await migrate(process.env.DATABASE_URL);`;
  for (let round = 0; round < 2; round++) {
    const children = Array.from({ length: 10 }, () =>
      Bun.spawn([process.execPath, '-e', script], {
        cwd: import.meta.dir,
        env: { ...process.env, DATABASE_URL: url },
        stderr: 'pipe',
      }),
    );
    for (const child of children) {
      const [code, stderr] = await Promise.all([child.exited, new Response(child.stderr).text()]);
      expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    }
  }
  const db = openDatabase({ url, maxConnections: 1, applicationName: 'millrace-test' });
  const [applied] = await db.sql`select count(*)::int as count from drizzle.__drizzle_migrations`;
  await db.close();
  expect(applied?.count).toBe(journal.entries.length);
}, 60_000);
