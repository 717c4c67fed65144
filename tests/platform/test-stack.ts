import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Task, TaskCreate } from '@millrace/contracts';
import type { Database } from '@millrace/db';
import { type PartName, type Stack, startStack } from '@millrace/devstack';
import { createTestDatabase } from '../test-database.ts';
import { eventually } from '../waiting.ts';

export interface TestStack extends AsyncDisposable {
  readonly stack: Stack;
  readonly db: Database;
  readonly folder: string;
  post(task: TaskCreate): Promise<Task>;
  get(id: string): Promise<Task>;
  /** Polls the database until this many tasks have ended; rejects with those left. */
  untilEnded(count: number, timeoutMs?: number): Promise<void>;
}

export interface TestStackOptions {
  readonly executors?: number;
  readonly parts?: readonly PartName[];
  readonly env?: Record<string, string>;
  /** Every line that a process prints. */
  readonly onLine?: (source: string, line: string) => void;
}

/** The services as processes, with a broker and a database of their own. */
export async function startTestStack({
  executors = 1,
  parts = ['broker', 'gateway', 'executor'],
  env = {},
  onLine,
}: TestStackOptions = {}): Promise<TestStack> {
  const database = await createTestDatabase();
  const folder = await mkdtemp(join(tmpdir(), 'millrace-stack-'));
  const stack = await startStack({
    dataDir: folder,
    executors,
    parts,
    databaseUrl: database.url,
    env: { MODELS: 'builtin,simulated', SIMULATED_LATENCY_MS: '50', ...env },
    ...(onLine && { onLine }),
  });
  const { db } = database;
  return {
    stack,
    db,
    folder,
    async post(task) {
      const response = await fetch(`${stack.gatewayUrl}/tasks`, {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify(task),
      });
      const answer = await response.json();
      if (response.status !== 202)
        throw new Error(`POST /tasks: ${response.status} ${JSON.stringify(answer)}`);
      return answer as Task;
    },
    async get(id) {
      return (await (await fetch(`${stack.gatewayUrl}/tasks/${id}`)).json()) as Task;
    },
    async untilEnded(count, timeoutMs = 30_000) {
      await eventually(
        `${count} tasks have ended`,
        async () => {
          const [row] = await db.sql<{ ended: number }[]>`
            select count(*)::int as ended from tasks where finished_at is not null`;
          if (row!.ended < count) throw new Error(`${row!.ended} have`);
          return true;
        },
        { timeoutMs },
      );
    },
    async [Symbol.asyncDispose]() {
      await stack.stop();
      await database[Symbol.asyncDispose]();
      await rm(folder, { recursive: true, force: true });
    },
  };
}
