import type { TaskListQuery } from '@millrace/contracts';
import type postgres from 'postgres';
import type { Caller } from '../caller.ts';
import { LOST_QUEUE, QUEUE_OF_TASK } from '../claiming/queue-of.ts';
import { andIf } from '../connection/and-if.ts';
import type { Database } from '../connection/database.ts';
import { PAGE_BYTES_MAX } from '../history/history-page.ts';
import {
  firstIdAfter,
  firstNotShownBefore,
  firstShownAfter,
  ID_MAX,
  lastIdBefore,
} from './creation-bounds.ts';
import { isIndexed, statusIs } from './status-is.ts';

/**
 * Tasks examined per page, newest first. If few of them match, the page's cursor says where to continue. A
 * literal, like the next: a plan that does not know how few rows it reads may read and sort them all.
 */
const EXAMINED_MAX = '20000';
/** Prompt text searched per page; the prompt that exceeds this is still searched to its end. */
const SEARCHED_BYTES_MAX = `${32 * 1024 * 1024}`;

export interface Page<Row> {
  readonly rows: Row[];
  /** Null once no task is left that could match. */
  readonly next_cursor: string | null;
}

/** What to read of a row of `tasks`, as SQL. */
interface Selection {
  readonly columns: string;
  /** The size of the row, if it may be large: it limits the size of the page. */
  readonly bytes?: string;
}

/** How to walk tasks, as SQL. */
interface Walk {
  /** Columns of an index. */
  readonly key: postgres.Fragment;
  /** By the key, newest first. */
  readonly order: postgres.Fragment;
  readonly range: postgres.Fragment;
  /** What all tasks of the range have in common. */
  readonly shared: postgres.Fragment;
}

/** A page of matching tasks, newest first; partly full or even empty if few match. */
export async function findPage<Row extends { id: string }>(
  db: Database,
  caller: Caller,
  { columns, bytes = '0' }: Selection,
  query: TaskListQuery & { limit: number },
): Promise<Page<Row>> {
  const { sql } = db;
  const owner = caller.sees ?? query.owner;
  if (query.owner !== undefined && query.owner !== owner) return { rows: [], next_cursor: null };
  const from = await candidates(db, query);
  const size = sql.unsafe(bytes);
  const walk = from === TASKS ? walkOf(db, owner, query) : walkOfFew(db, owner, query);
  const found = await db.query<Examined<Row>[]>`
    select * from (
      select ${sql.unsafe(columns)}, matches, is_last, count(*) over ()::integer as found,
        sum(${size}) over (order by page.id desc rows unbounded preceding) - ${size} as bytes_before
      from (
        select * from (${examined(db, sql.unsafe(from), walk, query)}) as tasks
        where (matches or is_last) ${walk.shared} order by ${walk.order} limit ${query.limit + 1}
      ) as page join tasks on tasks.id = page.id
    ) as measured
    where bytes_before < ${PAGE_BYTES_MAX} order by id desc`;
  return toPage(found, query.limit);
}

/** Whether each task matches, and which is the last to examine for this page. */
function examined(db: Database, from: postgres.Fragment, { key, order, range }: Walk, query: TaskListQuery) {
  const { sql } = db;
  const examinedMax = sql.unsafe(EXAMINED_MAX);
  const searchedBytesMax = sql.unsafe(SEARCHED_BYTES_MAX);
  const fits = filters(db, query);
  const walk = (columns: postgres.Fragment) => sql`
    select ${key}, ${fits} as fits, row_number() over walk as place ${columns}
    from ${from} where ${range}
    window walk as (order by ${order} rows unbounded preceding) order by ${order} limit ${examinedMax}`;
  if (query.text === undefined) {
    return sql`select ${key}, fits as matches, place = ${examinedMax} as is_last from (${walk(sql``)}) as walked`;
  }
  // The length of a text is known without reading the text.
  const bytes = sql`case when ${fits} then octet_length(prompt) else 0 end`;
  const isWithin = sql`searched - bytes < ${searchedBytesMax}`;
  return sql`
    select ${key},
      case when fits and ${isWithin} then prompt ilike ${`%${escapeLike(query.text)}%`} else false end as matches,
      ${isWithin} and (place = ${examinedMax} or searched >= ${searchedBytesMax}) as is_last
    from (${walk(sql`, prompt, ${bytes} as bytes, sum(${bytes}) over walk as searched`)}) as walked`;
}

const TASKS = 'tasks';

/** Where to search: `tasks` in id order, or a small subset with an index of its own. */
async function candidates({ sql, query }: Database, { status }: TaskListQuery): Promise<string> {
  if (status === 'RUNNING') return unfinished(`${statusIs('RUNNING')} and ${QUEUE_OF_TASK} = ${LOST_QUEUE}`);
  if (status !== 'PENDING') return TASKS;
  const pending = unfinished(statusIs('PENDING'));
  const examinedMax = sql.unsafe(EXAMINED_MAX);
  const [{ few }] = await query<[{ few: boolean }]>`
    select count(*) <= ${examinedMax} as few
    from (select from ${sql.unsafe(pending)} limit ${examinedMax} + 1) as counted`;
  return few ? pending : TASKS;
}

/** By their own index; the `offset 0` keeps the planner from choosing another. */
function unfinished(condition: string): string {
  return `(select * from tasks where due_at is not null and ${condition} offset 0) as tasks`;
}

/**
 * Which index to walk, and from where to where. The index of an owner, or of a rare status, begins with it. Compared
 * with a list, if only of the same value twice, it stays part of the order: with a single value the planner would leave
 * it out, might prefer the primary key, and walk through everybody's tasks.
 */
function walkOf({ sql }: Database, owner: string | undefined, query: TaskListQuery): Walk {
  const { status } = query;
  const rare = isIndexed(status) ? statusIs(status) : undefined;
  const ids = idRange(sql, query);
  if (owner !== undefined) {
    return {
      key: rare ? sql`owner, status, id` : sql`owner, id`,
      order: rare ? sql`owner desc, status desc, id desc` : sql`owner desc, id desc`,
      range: sql`tasks.owner = any(array[${owner}, ${owner}]) ${andIf(sql, rare, sql.unsafe)} and ${ids}`,
      shared: sql`and tasks.owner = ${owner} ${andIf(sql, rare, sql.unsafe)}`,
    };
  }
  if (rare) {
    return {
      key: sql`status, id`,
      order: sql`status desc, id desc`,
      range: sql`tasks.status in (${sql.unsafe(`'${status}', '${status}'`)}) and ${ids}`,
      shared: sql`and ${sql.unsafe(rare)}`,
    };
  }
  return { key: sql`id`, order: sql`id desc`, range: ids, shared: sql`` };
}

/** All of a subset: it is sorted, and by the id alone that is faster. */
function walkOfFew({ sql }: Database, owner: string | undefined, query: TaskListQuery): Walk {
  const range = sql`${idRange(sql, query)} ${andIf(sql, owner, (name) => sql`tasks.owner = ${name}`)}`;
  return { key: sql`id`, order: sql`id desc`, range, shared: sql`` };
}

/** With bounds where none are given: each text of a statement is planned, and its plan kept, once per connection. */
function idRange(sql: postgres.ISql, { cursor = ID_MAX, created_after, created_before }: TaskListQuery) {
  return sql`tasks.id < ${cursor}
    and tasks.id >= ${firstIdAfter(created_after)} and tasks.id <= ${lastIdBefore(created_before)}`;
}

/** All filters but `text`. */
function filters({ sql }: Database, query: TaskListQuery) {
  const { status, model, priority, created_after, created_before } = query;
  const given = [status, model, priority, created_after, created_before].some((value) => value !== undefined);
  // Comparing twenty thousand rows with nothing takes as long as searching their prompts.
  if (!given) return sql`true`;
  return sql`tasks.status = coalesce(${status ?? null}, tasks.status)
    and tasks.model = coalesce(${model ?? null}, tasks.model)
    and tasks.priority = coalesce(${priority ?? null}, tasks.priority) ${createdBetween(sql, query)}`;
}

/** Nothing without a bound: the column is a late one, and reading it takes as long as comparing all others. */
function createdBetween(sql: postgres.ISql, { created_after, created_before }: TaskListQuery) {
  if (created_after === undefined && created_before === undefined) return sql``;
  return sql`and tasks.created_at >= ${created_after === undefined ? '-infinity' : firstShownAfter(created_after)}
    and tasks.created_at < ${created_before === undefined ? 'infinity' : firstNotShownBefore(created_before)}`;
}

/** `found`: how many rows there were before the page was cut at its size limit. */
type Examined<Row> = Row & { matches: boolean; is_last: boolean; found: number; bytes_before: unknown };

function toPage<Row extends { id: string }>(found: readonly Examined<Row>[], limit: number): Page<Row> {
  const rows = found
    .filter(({ matches }) => matches)
    .map(({ matches, is_last, found, bytes_before, ...row }) => row as unknown as Row);
  const page = rows.slice(0, limit);
  const isCut = rows.length > limit || (found[0] && found.length < found[0].found);
  if (isCut) return { rows: page, next_cursor: page.at(-1)!.id };
  return { rows: page, next_cursor: found.find(({ is_last }) => is_last)?.id ?? null };
}

function escapeLike(text: string): string {
  return text.replace(/[\\%_]/g, '\\$&');
}
