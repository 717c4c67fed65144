import { afterAll, expect, test } from 'bun:test';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { SQL } from 'bun';
import { startPostgres } from './start-postgres.ts';

const folder = mkdtempSync(join(tmpdir(), 'millrace-adoption-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** Connections to the port that the kernel has accepted; the listener may not know of them yet. */
function established(port: number): number {
  const local = `:${port.toString(16).toUpperCase().padStart(4, '0')} `;
  const lines = readFileSync('/proc/net/tcp', 'utf8').split('\n');
  return lines.filter((line) => line.slice(0, 20).includes(local) && / 01 /.test(line)).length;
}

// Elsewhere connections cannot be listed like this.
test.skipIf(process.platform !== 'linux')(
  'an adopted server that was about to end is replaced by a new one',
  async () => {
    const dataDir = join(folder, 'postgres');
    await using dying = await startPostgres({ dataDir, settings: { fsync: false } });
    const { pid, port } = dying;
    const before = established(port);
    // Suspended, it looks alive, and ends once it continues.
    dying.kill('SIGSTOP');
    dying.kill('SIGINT');
    const starting = startPostgres({ dataDir, settings: { fsync: false } });
    while (established(port) <= before) await Bun.sleep(5);
    dying.kill('SIGCONT');
    await using server = await starting;
    expect(server.pid).not.toBe(pid);
    await using sql = new SQL(server.url, { max: 1 });
    expect([...(await sql`SELECT 1 AS one`)]).toEqual([{ one: 1 }]);
  },
  60_000,
);
