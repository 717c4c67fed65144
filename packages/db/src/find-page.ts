import type { TaskListQuery } from '@millrace/contracts';
import { and, eq, gte, ilike, lt, type SQL, sql } from 'drizzle-orm';
import type { SelectedFields } from 'drizzle-orm/pg-core';
import type { Caller } from './caller.ts';
import type { Database } from './database.ts';
import { idsCreated } from './ids-created.ts';
import { LOST_QUEUE, QUEUE_OF_TASK } from './queue-of.ts';
import { tasks } from './schema.ts';
import { firstNotShownBefore, firstShownAfter } from './shown-times.ts';

/**
 * Tasks that are looked at for one page, the newest first. Where few of them match, the page says where to go on: however many there
 * are, no page takes longer than this.
 */
const EXAMINED_MAX = 20_000;
/** As a literal: a plan that does not know how few it reads may read them all, and sort. */
const examinedMax = sql.raw(`${EXAMINED_MAX}`);

export interface Page<Row> {
  readonly rows: Row[];
  /** Null if no task is left that could match. */
  readonly next_cursor: string | null;
}

/** A page of the tasks that match, newest first; not full, or empty, where few do. */
export async function findPage<Row extends { id: string }>(
  { orm }: Database,
  caller: Caller,
  columns: SelectedFields,
  query: TaskListQuery & { limit: number },
): Promise<Page<Row>> {
  const page = sql`(
    select * from (
      select id, ${filters(query) ?? sql`true`} as matches, row_number() over (order by id desc) as place
      from ${await candidates(orm, query)} where ${range(caller, query) ?? sql`true`}
      order by id desc limit ${examinedMax}
    ) as examined
    where matches or place = ${examinedMax} order by id desc limit ${query.limit + 1}
  ) as page`;
  const found = await orm
    .select({ ...columns, matches: sql<boolean>`page.matches`, place: sql<string>`page.place` })
    .from(page)
    .innerJoin(tasks, sql`${tasks.id} = page.id`)
    .orderBy(sql`page.id desc`);
  return toPage(found as unknown as Examined<Row>[], query.limit);
}

/** Where to look: what no index could leave out is walked in the order of ids, and the others are few. */
async function candidates(orm: Database['orm'], { status }: TaskListQuery): Promise<SQL> {
  if (status === 'RUNNING')
    return unfinished(sql.raw(`status = 'RUNNING' and ${QUEUE_OF_TASK} = ${LOST_QUEUE}`));
  if (status !== 'PENDING') return sql`tasks`;
  const pending = unfinished(sql`status = 'PENDING'`);
  const [row] = await orm.execute<{ few: boolean }>(
    sql`select count(*) <= ${examinedMax} as few from (select from ${pending} limit ${examinedMax} + 1) as counted`,
  );
  return row!.few ? pending : sql`tasks`;
}

/** By their index, which the planner may not trade for another (hence the offset). */
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
    // As literals: only those tell the planner that a partial index has them all.
    status === 'FAILED' ? sql`status = 'FAILED'` : undefined,
    status === 'CANCELLED' ? sql`status = 'CANCELLED'` : undefined,
  );
}

function filters(query: TaskListQuery): SQL | undefined {
  return and(
    query.status === undefined ? undefined : eq(tasks.status, query.status),
    query.model === undefined ? undefined : eq(tasks.model, query.model),
    query.priority === undefined ? undefined : eq(tasks.priority, query.priority),
    query.created_after === undefined
      ? undefined
      : gte(tasks.created_at, firstShownAfter(query.created_after)),
    query.created_before === undefined
      ? undefined
      : lt(tasks.created_at, firstNotShownBefore(query.created_before)),
    query.text === undefined ? undefined : ilike(tasks.prompt, `%${escapeLike(query.text)}%`),
  );
}

type Examined<Row> = Row & { matches: boolean; place: string };

function toPage<Row extends { id: string }>(found: readonly Examined<Row>[], limit: number): Page<Row> {
  const rows = found
    .filter(({ matches }) => matches)
    .map(({ matches, place, ...row }) => row as unknown as Row);
  const page = rows.slice(0, limit);
  if (rows.length > limit) return { rows: page, next_cursor: page.at(-1)!.id };
  const lastExamined = found.find(({ place }) => Number(place) === EXAMINED_MAX);
  return { rows: page, next_cursor: lastExamined?.id ?? null };
}

function escapeLike(text: string): string {
  return text.replace(/[\\%_]/g, '\\$&');
}
