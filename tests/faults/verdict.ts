import type { Task } from '@millrace/contracts';
import type { Database } from '@millrace/db';
import { eventually } from '../waiting.ts';
import { doubleOutcomes, foreignWrites, type Transition } from './audit.ts';
import type { Load } from './workload.ts';

/** What is judged: a database and the gateway in front of it, with the headers it requires, such as an API key. */
export interface Judged {
  readonly db: Database;
  readonly gatewayUrl: string;
  readonly headers?: Readonly<Record<string, string>>;
}

export interface Verdict {
  /** Accepted, and missing or never ended; and anything else in the database that never ended. */
  readonly lost: string[];
  /** Written to a task that already had its outcome. */
  readonly double: string[];
  /** Written by someone who did not hold the task. */
  readonly foreign: string[];
  /** Ended with a wrong outcome, or started too early. */
  readonly wrong: string[];
  /** Answers that no client should get. */
  readonly unexpected: string[];
  /** Committed, though the client never learnt it. */
  readonly unseen: number;
  /** How many tasks took how many attempts. */
  readonly attempts: Record<number, number>;
}

const READERS = 16;

interface Row {
  id: string;
  seq: number;
  ended: boolean;
  attempts: number;
  early: boolean;
}

/** Asks the gateway for every task that a client saw accepted, and Postgres for the history of all. */
export async function judge(judged: Judged, load: Load, audit: readonly Transition[]): Promise<Verdict> {
  const rows = await judged.db.sql<Row[]>`
    select id, (metadata ->> 'seq')::int as seq, finished_at is not null as ended, attempts,
      coalesce(started_at < run_at and attempts = 1, false) as early
    from tasks`;
  const lost = new Set(rows.filter(({ ended }) => !ended).map(({ id }) => id));
  const wrong = rows.filter(({ early }) => early).map(({ id }) => `${id}: began before its run_at`);
  const ids = [...new Set([...load.accepted.keys(), ...rows.map(({ id }) => id)])];
  const seqOf = new Map([...rows.map(({ id, seq }) => [id, seq] as const), ...load.accepted]);
  await each(ids, async (id) => {
    const task = await readTask(judged, id);
    if (task === null || task.finished_at === null) {
      lost.add(id);
      return;
    }
    const problem = load.tasks[seqOf.get(id)!]!.check(task);
    if (problem) wrong.push(problem);
  });
  const attempts: Record<number, number> = {};
  for (const row of rows) attempts[row.attempts] = (attempts[row.attempts] ?? 0) + 1;
  const describe = ({ task_id, old_status, new_status, old_attempts, writer }: Transition) =>
    `${task_id}: ${old_status} → ${new_status} after attempt ${old_attempts}, by ${writer}`;
  return {
    lost: [...lost],
    double: doubleOutcomes(audit).map(describe),
    foreign: foreignWrites(audit).map(describe),
    wrong,
    unexpected: load.unexpected,
    unseen: rows.filter(({ id }) => !load.accepted.has(id)).length,
    attempts,
  };
}

function readTask({ gatewayUrl, headers = {} }: Judged, id: string): Promise<Task | null> {
  return eventually(`GET /tasks/${id}`, async () => {
    const response = await fetch(`${gatewayUrl}/tasks/${id}`, { headers });
    if (response.status === 404) return { task: null };
    if (!response.ok) throw new Error(`${response.status} ${await response.text()}`);
    return { task: (await response.json()) as Task };
  }).then(({ task }) => task);
}

async function each<T>(items: readonly T[], work: (item: T) => Promise<void>): Promise<void> {
  let next = 0;
  const reader = async () => {
    for (let i = next++; i < items.length; i = next++) await work(items[i]!);
  };
  await Promise.all(Array.from({ length: READERS }, reader));
}
