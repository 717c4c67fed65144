import {
  type DeltaEvent,
  type FailedTask,
  MODEL_PROVIDERS,
  type TaskEvent,
  type UnreadableMessage,
} from '@millrace/contracts';
import { type Database, getTask, type NewTask, submit, UNRESTRICTED } from '@millrace/db';
import { Announcer } from '@millrace/executor/announcer';
import { Executor } from '@millrace/executor/executor';
import { ExecutorMetrics } from '@millrace/executor/metrics';
import { createModels } from '@millrace/executor/models';
import { Metrics, parseModels } from '@millrace/runtime';
import { builtinTools, calculator, createToolRegistry, type Tool } from '@millrace/tools';
import { newTask } from '../db/new-task.ts';
import { eventually } from '../waiting.ts';

export const API_KEY = 'key-that-nobody-may-ever-see';

export interface TestExecutorOptions {
  /** As in the environment variable MODELS. */
  readonly models: string;
  readonly baseUrl: string;
  readonly concurrency?: number;
  readonly leaseMs?: number;
  readonly drainTimeoutMs?: number;
  readonly turnsMax?: number;
  readonly simulatedLatencyMs?: number;
  readonly tools?: readonly Tool[];
}

export interface TestExecutor extends AsyncDisposable {
  readonly executor: Executor;
  /** What it published to the stream, oldest first. */
  readonly events: readonly TaskEvent[];
  /** What it published on tasks.dead. */
  readonly dead: readonly (FailedTask | UnreadableMessage)[];
  /** The tasks it sent doorbells for. */
  readonly announced: readonly string[];
  /** Everything it logged, as text. */
  readonly log: readonly string[];
}

/** The executor as `main.ts` connects it, without a stream: its rescue path finds the tasks. */
export async function startExecutor(db: Database, options: TestExecutorOptions): Promise<TestExecutor> {
  const events: TaskEvent[] = [];
  const announced: string[] = [];
  const dead: TestExecutor['dead'][number][] = [];
  const log: string[] = [];
  const write = (fields: object, message: string) =>
    void log.push(`${message} ${Bun.inspect(fields, { depth: 10 })}`);
  const configured = parseModels(options.models, MODEL_PROVIDERS);
  const logger = { debug: write, info: write, warn: write, error: write };
  const executor = new Executor({
    db,
    executorId: `test-${Bun.randomUUIDv7()}`,
    concurrency: options.concurrency ?? 8,
    leaseMs: options.leaseMs ?? 15_000,
    drainTimeoutMs: options.drainTimeoutMs ?? 0,
    models: await createModels(configured, {
      simulatedLatencyMs: options.simulatedLatencyMs ?? 50,
      openAiKey: API_KEY,
      openAiBaseUrl: options.baseUrl,
      turnsMax: options.turnsMax ?? 20,
      logger,
    }),
    modelLimits: configured,
    tools: createToolRegistry(options.tools ?? builtinTools),
    workspaceRoot: '/nowhere',
    announcer: new Announcer({
      announce: ({ task_id }) => void announced.push(task_id),
      publishEvent: (event) => void events.push(event),
      publishStatus: (change) => void events.push({ v: 1, type: 'status', ...change }),
      publishDead: (message) => void dead.push(message),
    }),
    consumer: {
      pause() {},
      resume() {},
      health: () => ({ connected: false, lastFetchAt: null, assignedPartitions: 0 }),
    },
    metrics: new ExecutorMetrics(
      new Metrics({ service: 'executor-test', version: '0' }),
      configured.map(({ id }) => id),
    ),
    tracing: undefined,
    logger,
  });
  executor.start();
  return { executor, events, dead, announced, log, [Symbol.asyncDispose]: () => executor.drain() };
}

/** The calculator, as the model sees it, with another way to its answers. */
export function calculatorThat(run: Tool<typeof calculator.parameters>['run']): Tool {
  const { name, description, parameters } = calculator;
  return { name, description, parameters, run } as Tool;
}

/** The text as it was streamed. */
export function deltasOf({ events }: TestExecutor): DeltaEvent[] {
  return events.filter((event) => event.type === 'delta');
}

/** Submits a task of the model `gpt`, due at once. */
export async function submitTask(db: Database, fields: Partial<NewTask> = {}): Promise<string> {
  const { id } = await submit(db, newTask({ model: 'gpt', ...fields }));
  return id;
}

/** The task once it has ended. */
export function untilEnded(db: Database, id: string, timeoutMs = 10_000) {
  return eventually(
    `task ${id} has ended`,
    async () => {
      const task = await getTask(db, UNRESTRICTED, id);
      return task?.finished_at ? task : undefined;
    },
    { timeoutMs },
  );
}
