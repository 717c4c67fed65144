import { SQL } from 'bun';

/** Below the limit of the development stack, with room for the services. */
const CONNECTIONS_MAX = 64;

/**
 * The upper bound of a queue without batches: inserts a row and then updates it, with a commit each, on `connections`
 * connections. Resolves with the rows per second.
 */
export async function insertAndUpdate(url: string, rows: number, connections: number): Promise<number> {
  const sql = new SQL(url, { max: Math.min(connections, CONNECTIONS_MAX) });
  try {
    await sql`drop table if exists bench_bare`;
    await sql`
      create table bench_bare (
        id uuid primary key, prompt text not null, priority smallint not null, status text not null default 'PENDING', result text,
        created_at timestamptz not null default clock_timestamp(), completed_at timestamptz)`;
    let begun = 0;
    const client = async () => {
      while (begun++ < rows) {
        const id = Bun.randomUUIDv7();
        await sql`insert into bench_bare (id, prompt, priority) values (${id}, 'calculate 1+1', 5)`;
        await sql`
          update bench_bare set status = 'COMPLETED', result = '2', completed_at = clock_timestamp()
          where id = ${id} and status = 'PENDING'`;
      }
    };
    const startedAt = performance.now();
    await Promise.all(Array.from({ length: Math.min(connections, CONNECTIONS_MAX) }, client));
    return (rows * 1000) / (performance.now() - startedAt);
  } finally {
    await sql`drop table if exists bench_bare`;
    await sql.close();
  }
}
