import type { TaskListQuery } from '@millrace/contracts';
import { and, eq, gte, lt, type SQL, sql } from 'drizzle-orm';
import type { SelectedFields } from 'drizzle-orm/pg-core';
import type { Caller } from '../caller.ts';
import { LOST_QUEUE, QUEUE_OF_TASK } from '../claiming/queue-of.ts';
import type { Database } from '../connection/database.ts';
import { answeredInTime } from '../connection/deadline.ts';
import { PAGE_BYTES_MAX } from '../history/history-page.ts';
import { tasks } from '../schema.ts';
import { idsCreated } from './ids-created.ts';
import { firstNotShownBefore, firstShownAfter } from './shown-times.ts';
import { statusIs } from './status-is.ts';

/** Tasks examined per page, newest first. If few of them match, the page's cursor says where to continue. */
const EXAMINED_MAX = 20_000;
/** Prompt text searched per page; the prompt that exceeds this is still searched to its end. */
const SEARCHED_BYTES_MAX = 32 * 1024 * 1024;
/** Literals: a plan that does not know how few rows it reads may read and sort them all. */
const examinedMax = sql.raw(`${EXAMINED_MAX}`);
const searchedBytesMax = sql.raw(`${SEARCHED_BYTES_MAX}`);

export interface Page<Row> {
  readonly rows: Row[];
  /** Null once no task is left that could match. */
  readonly next_cursor: string | null;
}

/**
 * A page of matching tasks, newest first; partly full or even empty if few match.
 *
 * @param bytes the size of a row of `tasks`, if it may be large: it limits the size of the page
 */
export async function findPage<Row extends { id: string }>(
  { orm }: Database,
  caller: Caller,
  columns: SelectedFields,
  query: TaskListQuery & { limit: number },
  bytes: SQL = sql`0`,
): Promise<Page<Row>> {
  const page = sql`(
    select * from (${examined(await candidates(orm, query), caller, query)}) as examined
    where matches or is_last order by id desc limit ${query.limit + 1}
  ) as page`;
  const measured = orm
    .select({
      ...columns,
      matches: sql<boolean>`page.matches`.as('matches'),
      is_last: sql<boolean>`page.is_last`.as('is_last'),
      found: sql<number>`count(*) over ()::integer`.as('found'),
      bytes_before: sql`sum(${bytes}) over (order by page.id desc rows unbounded preceding) - ${bytes}`.as(
        'bytes_before',
      ),
    })
    .from(page)
    .innerJoin(tasks, sql`${tasks.id} = page.id`)
    .as('measured');
  const found = orm
    .select()
    .from(measured)
    .where(sql`bytes_before < ${PAGE_BYTES_MAX}`)
    .orderBy(sql`id desc`);
  return toPage((await answeredInTime(found)) as unknown as Examined<Row>[], query.limit);
}

/** Whether each task matches, and which is the last to examine for this page. */
function examined(from: SQL, caller: Caller, query: TaskListQuery): SQL {
  const fits = filters(query) ?? sql`true`;
  const walk = (columns: SQL) => sql`
    select id, ${fits} as fits, row_number() over walk as place ${columns}
    from ${from} where ${range(caller, query) ?? sql`true`}
    window walk as (order by id desc rows unbounded preceding) order by id desc limit ${examinedMax}`;
  if (query.text === undefined) {
    return sql`select id, fits as matches, place = ${examinedMax} as is_last from (${walk(sql``)}) as walked`;
  }
  // The length of a text is known without reading the text.
  const bytes = sql`case when ${fits} then octet_length(prompt) else 0 end`;
  const isWithin = sql`searched - bytes < ${searchedBytesMax}`;
  return sql`
    select id,
      case when fits and ${isWithin} then prompt ilike ${`%${escapeLike(query.text)}%`} else false end as matches,
      ${isWithin} and (place = ${examinedMax} or searched >= ${searchedBytesMax}) as is_last
    from (${walk(sql`, prompt, ${bytes} as bytes, sum(${bytes}) over walk as searched`)}) as walked`;
}

/** Where to search: `tasks` in id order, or a small subset with an index of its own. */
async function candidates(orm: Database['orm'], { status }: TaskListQuery): Promise<SQL> {
  if (status === 'RUNNING')
    return unfinished(sql.raw(`${statusIs('RUNNING')} and ${QUEUE_OF_TASK} = ${LOST_QUEUE}`));
  if (status !== 'PENDING') return sql`tasks`;
  const pending = unfinished(sql.raw(statusIs('PENDING')));
  const counted = orm.execute<{ few: boolean }>(
    sql`select count(*) <= ${examinedMax} as few from (select from ${pending} limit ${examinedMax} + 1) as counted`,
  );
  const [row] = await answeredInTime(counted);
  return row!.few ? pending : sql`tasks`;
}

/** By their own index; the `offset 0` keeps the planner from choosing another. */
function unfinished(condition: SQL): SQL {
  return sql`(select * from tasks where due_at is not null and ${condition} offset 0) as tasks`;
}

function range(
  { sees }: Caller,
  { status, owner, cursor, created_after, created_before }: TaskListQuery,
): SQL | undefined {
  return and(
    sees === null ? undefined : eq(tasks.owner, sees),
    owner === undefined ? undefined : eq(tasks.owner, owner),
    cursor === undefined ? undefined : lt(tasks.id, cursor),
    idsCreated(created_after, created_before),
    // These have an index of their own.
    status === 'FAILED' || status === 'CANCELLED' ? sql.raw(statusIs(status)) : undefined,
  );
}

/** All filters but `text`. */
function filters({ status, model, priority, created_after: after, created_before: before }: TaskListQuery) {
  return and(
    status === undefined ? undefined : eq(tasks.status, status),
    model === undefined ? undefined : eq(tasks.model, model),
    priority === undefined ? undefined : eq(tasks.priority, priority),
    after === undefined ? undefined : gte(tasks.created_at, firstShownAfter(after)),
    before === undefined ? undefined : lt(tasks.created_at, firstNotShownBefore(before)),
  );
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
