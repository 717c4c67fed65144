import type { Task } from '@millrace/contracts';
import type postgres from 'postgres';
import type { Caller } from '../caller.ts';
import type { Database } from '../connection/database.ts';
import { observed } from '../connection/observer.ts';
import { insertTasks, type NewTask } from './insert-tasks.ts';
import { withinOpenTasksLimit } from './open-tasks.ts';

/**
 * Stores all of the tasks in one statement and commit, or none. Their ids must be new. Null if they exceed
 * the caller's limit of open tasks.
 */
export function submitAll(db: Database, caller: Caller, inputs: readonly NewTask[]): Promise<Task[] | null> {
  return withinOpenTasksLimit(db, caller, async (sql, room) =>
    room < inputs.length ? null : insertAll(db, sql, inputs),
  );
}

/** Stores the first tasks, as many as fit the caller's limit, in one statement and commit. Their ids must be new. */
export function submitFitting(db: Database, caller: Caller, inputs: readonly NewTask[]): Promise<Task[]> {
  return withinOpenTasksLimit(db, caller, (sql, room) => insertAll(db, sql, inputs.slice(0, room)));
}

async function insertAll(db: Database, sql: postgres.ISql, inputs: readonly NewTask[]): Promise<Task[]> {
  if (inputs.length === 0) return [];
  return observed(db, 'submit', insertTasks(sql, inputs), inputs.length);
}
