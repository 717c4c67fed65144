import { ATTEMPT_OUTCOMES } from '@millrace/contracts';
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

// What `bun run generate` makes migrations from. The statements themselves are SQL.

/** Those before COMPLETED are unfinished: a check of `tasks` compares by this order. */
export const taskStatus = pgEnum('task_status', ['PENDING', 'RUNNING', 'COMPLETED', 'FAILED', 'CANCELLED']);

const moment = (name: string) => timestamp(name, { withTimezone: true });

/**
 * The state machine lives in one row. `due_at` is when any executor may take the task: for PENDING, soon
 * after its message should have arrived; for RUNNING, when the lease expires; null once finished.
 */
export const tasks = pgTable(
  'tasks',
  {
    id: uuid().primaryKey(),
    prompt: text().notNull(),
    model: text().notNull(),
    priority: smallint().notNull(),
    /**
     * 0 high, 1 normal, 2 low; see laneOf in contracts. Not generated: for each row that an update writes, Postgres would read
     * the expression from its catalog again, a fifth of the time of a claim. The default is for versions from when it was.
     */
    lane: smallint().notNull().default(1),
    status: taskStatus().notNull().default('PENDING'),
    result: jsonb(),
    error: jsonb(),
    attempts: integer().notNull().default(0),
    /** Attempts not counted against max_attempts: handed back by a draining executor, or made before a replay. */
    uncounted_attempts: integer().notNull().default(0),
    /** Attempts before the last replay; their steps are not resumed from. */
    earlier_attempts: integer().notNull().default(0),
    /** Attempts of this run that were lost with their executor: the task may have killed it. */
    lost_attempts: integer().notNull().default(0),
    max_attempts: integer().notNull(),
    timeout_ms: integer().notNull(),
    system: text(),
    tools: jsonb(),
    temperature: doublePrecision(),
    max_output_tokens: integer(),
    /** Not jsonb, which would reorder a schema's properties: models answer in the order given. */
    response_format: json(),
    run_at: moment('run_at').notNull(),
    due_at: moment('due_at'),
    /** The executor that holds the lease, or last held it. */
    executor: text(),
    metadata: jsonb().notNull(),
    idempotency_key: text(),
    /** From the API key that submitted it; null without one. Visible to this owner, and to callers that see everything. */
    owner: text(),
    created_at: moment('created_at').notNull().default(sql`now()`),
    started_at: moment('started_at'),
    /** When the current or last attempt was claimed. */
    attempt_started_at: moment('attempt_started_at'),
    finished_at: moment('finished_at'),
    usage: jsonb(),
  },
  (table) => [
    check('tasks_priority_range', sql`${table.priority} between 0 and 9`),
    // One check without an array: Postgres reads these from its catalog again for every statement.
    check(
      'tasks_due_until_finished',
      sql`(${table.status} < 'COMPLETED') = (${table.due_at} is not null) and (${table.due_at} is null) = (${table.finished_at} is not null)`,
    ),
    // The rescue path's index: unfinished tasks only, so it stays as small as the backlog. Running and
    // previously lost tasks form a queue of their own, found at once whatever the backlog. See QUEUE_OF_TASK.
    index('tasks_due')
      .on(
        sql`(case when ${table.status} = 'RUNNING' or ${table.lost_attempts} > 0 then 3 else ${table.lane} end)`,
        table.due_at,
      )
      .where(sql`${table.due_at} is not null`),
    // Unsuccessful tasks: rare but often searched for, and too few to find by walking the primary key.
    index('tasks_unsuccessful')
      .on(table.status, table.id)
      .where(sql`${table.status} in ('FAILED', 'CANCELLED')`),
    // Rows lie roughly in order of finishing: block ranges suffice for "the last minute".
    index('tasks_finished').using('brin', table.finished_at).with({ autosummarize: true }),
    // An owner's tasks, newest first. Tasks without an owner are in neither this index nor the next.
    index('tasks_owner').on(table.owner, table.id).where(sql`${table.owner} is not null`),
    // An owner's unfinished and unsuccessful tasks.
    index('tasks_owner_status')
      .on(table.owner, table.status, table.id)
      .where(sql`${table.owner} is not null and ${table.status} <> 'COMPLETED'`),
  ],
);

/**
 * How many tasks have finished: the sum over the rows. Every statement that finishes or reopens tasks adds a
 * row, so that none contend, and the rows are folded periodically.
 */
export const finishedCounts = pgTable('finished_counts', {
  status: taskStatus().notNull(),
  count: bigint({ mode: 'number' }).notNull(),
});

export const attemptOutcome = pgEnum('attempt_outcome', ATTEMPT_OUTCOMES);

/** Finished attempts, except one whose outcome is in the task itself. */
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
    error: jsonb(),
    result: jsonb(),
  },
  (table) => [primaryKey({ columns: [table.task_id, table.attempt] })],
);

export const stepKind = pgEnum('step_kind', ['model', 'tool']);

/** Checkpoints of attempts: each finished model turn or tool call. */
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
    arguments: jsonb().notNull(),
    output: text().notNull(),
    tool_calls: jsonb().notNull(),
    tool_call_id: text(),
    error: jsonb(),
    finish_reason: text(),
    usage: jsonb(),
    started_at: moment('started_at').notNull(),
    ended_at: moment('ended_at').notNull(),
  },
  (table) => [primaryKey({ columns: [table.task_id, table.seq] })],
);

/**
 * Calls of models with limits: those of the last minute, and those in progress. A call is in progress until
 * it ends or its attempt loses its lease, so it needs no lease of its own.
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

/** The task and request that a client's `Idempotency-Key` stands for. */
export const idempotencyKeys = pgTable(
  'idempotency_keys',
  {
    /** Prefixed with its owner's name, if any: see `submitOnce` and `submitBatchOnce`. */
    key: text().primaryKey(),
    /** Of the validated request: reusing the key with a different one is refused. */
    request_hash: text().notNull(),
    task_id: uuid().notNull(),
    created_at: moment('created_at').notNull().default(sql`now()`),
  },
  (table) => [index('idempotency_keys_created').on(table.created_at)],
);

/** API keys and what they permit. Only the hash of a key is stored, never the key. */
export const apiKeys = pgTable('api_keys', {
  id: uuid().primaryKey(),
  /** What people call it, such as the client that uses it. */
  name: text().notNull(),
  /** SHA-256 in hex. A key is 256 random bits, so no slower hash is needed. */
  key_hash: text().notNull().unique(),
  scopes: jsonb().notNull(),
  /** Owns the tasks it creates; they are all it sees, unless it has the scope admin. Several keys may share an owner. */
  owner: text().notNull(),
  /** Requests a minute; null for no limit. */
  rate_limit: integer(),
  /** It may add no task while its owner has this many unfinished; null for no limit. */
  max_open_tasks: integer(),
  created_at: moment('created_at').notNull().default(sql`now()`),
  /** Null: never. */
  expires_at: moment('expires_at'),
  revoked_at: moment('revoked_at'),
});
