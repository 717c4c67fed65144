import { type Caller, isSeen } from '../caller.ts';
import { andIf } from '../connection/and-if.ts';
import type { Database } from '../connection/database.ts';
import { isIndexed, statusIs } from './status-is.ts';

export interface TaskIdQuery {
  /** Start of the id; what no UUID can begin with finds nothing. */
  readonly prefix: string;
  /** Only the statuses that are rare and have an index of their own. */
  readonly status?: 'FAILED' | 'CANCELLED';
  readonly limit: number;
}

const ID_MIN = '00000000-0000-0000-0000-000000000000';
const ID_MAX = ID_MIN.replaceAll('0', 'f');

/** Ids with this prefix, newest first: a range of the primary key, or of a status's index. */
export async function findTaskIds(
  db: Database,
  caller: Caller,
  { prefix, status, limit }: TaskIdQuery,
): Promise<string[]> {
  if (!ID_MIN.startsWith(prefix.replace(/[0-9a-f]/gi, '0'))) return [];
  const first = prefix + ID_MIN.slice(prefix.length);
  const last = prefix + ID_MAX.slice(prefix.length);
  const { sql } = db;
  const rows = await db.query<{ id: string }[]>`
    select id from tasks
    where ${isSeen(db, caller)} and id >= ${first}::uuid and id <= ${last}::uuid
      ${andIf(sql, status, (wanted) => sql.unsafe(statusIs(wanted)))}
    order by ${sql.unsafe(isIndexed(status) ? 'status desc, id desc' : 'id desc')} limit ${limit}`;
  return rows.map(({ id }) => id);
}
