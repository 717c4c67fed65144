import {
  ATTEMPT_OUTCOMES,
  type Task,
  type TaskError,
  type TaskResult,
  type TaskStep,
  type ToolCall,
  type Usage,
} from '@millrace/contracts';
import { sql } from 'drizzle-orm';
import {
  bigint,
  check,
  doublePrecision,
  index,
  integer,
  json,
  jsonb,
  pgEnum,
  pgTable,
  primaryKey,
  smallint,
  text,
  timestamp,
  uuid,
} from 'drizzle-orm/pg-core';

export const taskStatus = pgEnum('task_status', ['PENDING', 'RUNNING', 'COMPLETED', 'FAILED', 'CANCELLED']);

const moment = (name: string) => timestamp(name, { withTimezone: true, mode: 'string' });

/**
 * The state machine lives in one row. `due_at` is when any executor may take the task: for PENDING, soon after its
 * message should have arrived; for RUNNING, when the lease ends; null once it is finished.
 */
export const tasks = pgTable(
  'tasks',
  {
    id: uuid().primaryKey(),
    prompt: text().notNull(),
    model: text().notNull(),
    priority: smallint().notNull(),
    /** 0 high, 1 normal, 2 low; see laneOf in contracts. */
    lane: smallint()
      .notNull()
      .generatedAlwaysAs(sql`case when priority >= 7 then 0 when priority >= 4 then 1 else 2 end`),
    status: taskStatus().notNull().default('PENDING'),
    result: jsonb().$type<TaskResult>(),
    error: jsonb().$type<TaskError>(),
    attempts: integer().notNull().default(0),
    /** Attempts that do not count against max_attempts: handed back by a draining executor, or before a replay. */
    uncounted_attempts: integer().notNull().default(0),
    /** Attempts before the last replay: the steps of those are not resumed from. */
    earlier_attempts: integer().notNull().default(0),
    /** Attempts of this run that ended with their executor: the task may be what ended it. */
    lost_attempts: integer().notNull().default(0),
    max_attempts: integer().notNull(),
    timeout_ms: integer().notNull(),
    system: text(),
    tools: jsonb().$type<string[]>(),
    temperature: doublePrecision(),
    max_output_tokens: integer(),
    /** Not jsonb, which would sort the properties of a schema: models answer in their order. */
    response_format: json().$type<Task['response_format']>(),
    run_at: moment('run_at').notNull(),
    due_at: moment('due_at'),
    /** Which executor holds the lease, or held it last. */
    executor: text(),
    metadata: jsonb().$type<Record<string, string>>().notNull(),
    idempotency_key: text(),
    /** Who sees it, besides whoever sees all: that of the API key it came with. Null without one. */
    owner: text(),
    created_at: moment('created_at').notNull().default(sql`now()`),
    started_at: moment('started_at'),
    /** When the attempt under way, or the last one, was claimed. */
    attempt_started_at: moment('attempt_started_at'),
    finished_at: moment('finished_at'),
    usage: jsonb().$type<Usage>(),
  },
  (table) => [
    check('tasks_priority_range', sql`${table.priority} between 0 and 9`),
    check(
      'tasks_due_until_finished',
      sql`(${table.due_at} is not null) = (${table.status} in ('PENDING', 'RUNNING'))`,
    ),
    check(
      'tasks_finished_at_when_finished',
      sql`(${table.finished_at} is null) = (${table.status} in ('PENDING', 'RUNNING'))`,
    ),
    // The rescue path's index: unfinished tasks only, so it stays as small as the backlog. What runs, and what was lost before, is a
    // queue of its own, found at once behind any backlog. See QUEUE_OF_TASK.
    index('tasks_due')
      .on(
        sql`(case when ${table.status} = 'RUNNING' or ${table.lost_attempts} > 0 then 3 else ${table.lane} end)`,
        table.due_at,
      )
      .where(sql`${table.due_at} is not null`),
    // Ended otherwise than well: rare, looked for, and too few to be found by walking the primary key.
    index('tasks_unsuccessful')
      .on(table.status, table.id)
      .where(sql`${table.status} in ('FAILED', 'CANCELLED')`),
    // Rows lie roughly in the order in which they finished: block ranges are enough for "the last minute".
    index('tasks_finished').using('brin', table.finished_at).with({ autosummarize: true }),
    // An owner's tasks, newest first. Tasks without an owner pay for neither this index nor the next.
    index('tasks_owner').on(table.owner, table.id).where(sql`${table.owner} is not null`),
    // What an owner has open, and what ended otherwise than well.
    index('tasks_owner_status')
      .on(table.owner, table.status, table.id)
      .where(sql`${table.owner} is not null and ${table.status} <> 'COMPLETED'`),
  ],
);

/**
 * How many tasks have finished, in parts: their sum counts. A statement that ends tasks, or makes them unfinished, adds a row; nobody waits
 * for anybody, and now and then the rows are added up.
 */
export const finishedCounts = pgTable('finished_counts', {
  status: taskStatus().notNull(),
  count: bigint({ mode: 'number' }).notNull(),
});

export const attemptOutcome = pgEnum('attempt_outcome', ATTEMPT_OUTCOMES);

/** Attempts that are over, but for the one whose outcome the task itself holds. */
export const taskAttempts = pgTable(
  'task_attempts',
  {
    task_id: uuid()
      .notNull()
      .references(() => tasks.id, { onDelete: 'cascade' }),
    attempt: integer().notNull(),
    outcome: attemptOutcome().notNull(),
    executor: text().notNull(),
    started_at: moment('started_at').notNull(),
    ended_at: moment('ended_at').notNull(),
    error: jsonb().$type<TaskError>(),
    result: jsonb().$type<TaskResult>(),
  },
  (table) => [primaryKey({ columns: [table.task_id, table.attempt] })],
);

export const stepKind = pgEnum('step_kind', ['model', 'tool']);

/** The checkpoints of attempts: a turn of a model or a call of a tool, once it is finished. */
export const taskSteps = pgTable(
  'task_steps',
  {
    task_id: uuid()
      .notNull()
      .references(() => tasks.id, { onDelete: 'cascade' }),
    seq: integer().notNull(),
    attempt: integer().notNull(),
    kind: stepKind().notNull(),
    name: text().notNull(),
    arguments: jsonb().$type<Record<string, unknown>>().notNull(),
    output: text().notNull(),
    tool_calls: jsonb().$type<ToolCall[]>().notNull(),
    tool_call_id: text(),
    error: jsonb().$type<TaskStep['error']>(),
    finish_reason: text(),
    usage: jsonb().$type<Usage>(),
    started_at: moment('started_at').notNull(),
    ended_at: moment('ended_at').notNull(),
  },
  (table) => [primaryKey({ columns: [table.task_id, table.seq] })],
);

/**
 * Calls of models that have a limit, of the last minute and under way. A call is under way until it has ended or its attempt has lost
 * its lease: so it needs no lease of its own.
 */
export const modelCalls = pgTable(
  'model_calls',
  {
    id: uuid().primaryKey(),
    model: text().notNull(),
    task_id: uuid().notNull(),
    attempt: integer().notNull(),
    started_at: moment('started_at').notNull().default(sql`now()`),
    ended_at: moment('ended_at'),
  },
  (table) => [index('model_calls_model').on(table.model, table.started_at)],
);

/** Which task a client's `Idempotency-Key` stands for, and for which request. */
export const idempotencyKeys = pgTable(
  'idempotency_keys',
  {
    /** Behind its owner's name, where it has an owner: see `submitOnce`. */
    key: text().primaryKey(),
    /** Of the validated request: the same key with another one is refused. */
    request_hash: text().notNull(),
    task_id: uuid().notNull(),
    created_at: moment('created_at').notNull().default(sql`now()`),
  },
  (table) => [index('idempotency_keys_created').on(table.created_at)],
);
