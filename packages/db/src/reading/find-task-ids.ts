import { type Caller, isSeen } from '../caller.ts';
import type { Database } from '../connection/database.ts';
import { answeredInTime } from '../connection/deadline.ts';
import { statusIs } from './status-is.ts';

export interface TaskIdQuery {
  /** How the id begins; anything that no UUID begins with finds nothing. */
  readonly prefix: string;
  /** One that few tasks have, and an index of its own: the others are not looked for among all. */
  readonly status?: 'FAILED' | 'CANCELLED';
  readonly limit: number;
}

/** Ids that begin as was typed, newest first: a range of the primary key, or of the index of a status. */
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

/** Dashes only where a UUID has them. */
function isUuidStart(prefix: string): boolean {
  return [...prefix].every((character, index) => (character === '-') === [8, 13, 18, 23].includes(index));
}
