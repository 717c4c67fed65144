import type { Task, TaskCreate } from '@millrace/contracts';
import type { Database } from '@millrace/db';
import { type PartName, type Stack, type Supervisor, startStack } from '@millrace/devstack';
import { temporaryFolder } from '../temporary-folder.ts';
import { createTestDatabase } from '../test-database.ts';
import { type EventuallyOptions, eventually } from '../waiting.ts';

export interface TestStack extends AsyncDisposable {
  readonly stack: Stack;
  readonly db: Database;
  readonly folder: string;
  post(task: TaskCreate): Promise<Task>;
  get(id: string): Promise<Task>;
  /** Resolves with the task once it has ended. */
  ended(id: string, timeoutMs?: number): Promise<Task>;
  /** The executor that runs the task, found by the process id at the end of its name. */
  executorOf(id: string, attempt?: number, options?: EventuallyOptions): Promise<RunningExecutor>;
  /** Polls the database until this many tasks have ended; rejects with those left. */
  untilEnded(count: number, timeoutMs?: number): Promise<void>;
}

export interface RunningExecutor {
  readonly name: string;
  readonly process: Supervisor;
  /** Nothing runs on it any more. */
  isIdle(): Promise<boolean>;
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
  const folder = await temporaryFolder('stack');
  const stack = await startStack({
    dataDir: folder.path,
    executors,
    parts,
    databaseUrl: database.url,
    env: { MODELS: 'builtin,simulated', SIMULATED_LATENCY_MS: '50', ...env },
    ...(onLine && { onLine }),
  });
  const { db } = database;
  const get = async (id: string) => (await (await fetch(`${stack.gatewayUrl}/tasks/${id}`)).json()) as Task;
  return {
    stack,
    db,
    folder: folder.path,
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
    get,
    ended(id, timeoutMs = 15_000) {
      const probe = async () => {
        const task = await get(id);
        if (task.finished_at === null) throw new Error(`${task.status}: ${JSON.stringify(task.error)}`);
        return task;
      };
      return eventually(`task ${id} has ended`, probe, { timeoutMs });
    },
    async executorOf(id, attempt, options) {
      const probe = async () => {
        const [row] = await db.sql<{ executor: string }[]>`
          select executor from tasks
          where id = ${id} and status = 'RUNNING' and attempts = coalesce(${attempt ?? null}, attempts)`;
        return row?.executor;
      };
      const name = await eventually(`attempt ${attempt ?? ''} of ${id} runs`, probe, options);
      const { executors, executorHealthUrls } = stack;
      const index = executors.findIndex(({ pid }) => name.endsWith(`-${pid}`));
      if (index < 0) throw new Error(`${name} is not an executor of this stack`);
      return {
        name,
        process: executors[index]!,
        isIdle: () => isIdle(executorHealthUrls[index]!),
      };
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
      await folder[Symbol.asyncDispose]();
    },
  };
}

export async function isIdle(healthUrl: string): Promise<boolean> {
  const { progress } = (await (await fetch(healthUrl)).json()) as { progress: { running: number } };
  return progress.running === 0;
}
