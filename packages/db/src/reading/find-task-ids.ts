import { type Caller, isSeen } from '../caller.ts';
import type { Database } from '../connection/database.ts';
import { answeredInTime } from '../connection/deadline.ts';
import { statusIs } from './status-is.ts';

export interface TaskIdQuery {
  /** Start of the id; what no UUID can begin with finds nothing. */
  readonly prefix: string;
  /** Only the statuses that are rare and have an index of their own. */
  readonly status?: 'FAILED' | 'CANCELLED';
  readonly limit: number;
}

/** Ids with this prefix, newest first: a range of the primary key, or of a status's index. */
export async function findTaskIds(
  db: Database,
  caller: Caller,
  { prefix, status, limit }: TaskIdQuery,
): Promise<string[]> {
  const digits = prefix.toLowerCase().replaceAll('-', '');
  if (!/^[0-9a-f]{0,32}$/.test(digits) || !isUuidStart(prefix)) return [];
  const { sql } = db;
  const found = sql<{ id: string }[]>`
    select id from tasks
    where ${isSeen(db, caller)} and id >= ${digits.padEnd(32, '0')}::uuid and id <= ${digits.padEnd(32, 'f')}::uuid
      ${status === undefined ? sql`` : sql`and ${sql.unsafe(statusIs(status))}`}
    order by id desc limit ${limit}`;
  const rows = await answeredInTime(found);
  return rows.map(({ id }) => id);
}

/** Whether dashes are exactly where a UUID has them. */
function isUuidStart(prefix: string): boolean {
  return [...prefix].every((character, index) => (character === '-') === [8, 13, 18, 23].includes(index));
}
