import {
  claim,
  claimDue,
  complete,
  type Database,
  DueHorizon,
  deleteFinished,
  getStats,
  getTask,
  listTasks,
  type NewTask,
  newTaskId,
  peekTasks,
  submit,
  UNRESTRICTED,
} from '@millrace/db';

const BATCH = 50;
const LEASE = { executor: 'bench', lease_ms: 60_000 };
const LANES = ['high', 'normal', 'low'] as const;

export interface Verb {
  readonly name: string;
  /** How many tasks it handles; costs are divided by it. */
  readonly tasks: number;
  run(): Promise<unknown>;
}

function newBenchTask(): NewTask {
  return {
    id: newTaskId(),
    prompt: 'calculate 1+1',
    model: 'builtin',
    priority: 5,
    max_attempts: 3,
    timeout_ms: 60_000,
    metadata: {},
    run_at: null,
    delay_ms: null,
    idempotency_key: null,
  };
}

/** All that clients and executors ask of Postgres, on a database of finished tasks. */
export async function verbsOn(db: Database): Promise<Verb[]> {
  const [middle] = await db.sql<[{ id: string; day: string }]>`
    select id, to_char(created_at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS"Z"') as day
    from tasks where created_at < now() - interval '10 days' order by id desc limit 1`;
  const yesterday = new Date(Date.now() - 86_400_000).toISOString();
  const horizon = new DueHorizon();
  let batch: NewTask[] = [];
  const each = (act: (task: NewTask) => Promise<unknown>) => () => Promise.all(batch.map(act));
  const list = (name: string, query: Parameters<typeof listTasks>[2]): Verb => ({
    name: `list ${name}`,
    tasks: 1,
    run: () => listTasks(db, UNRESTRICTED, query),
  });
  const result = { output: '2', steps: [] };
  return [
    {
      name: 'submit',
      tasks: BATCH,
      run: () => {
        batch = Array.from({ length: BATCH }, newBenchTask);
        return each((task) => submit(db, task))();
      },
    },
    { name: 'claim', tasks: BATCH, run: each(({ id }) => claim(db, { task_id: id, ...LEASE })) },
    {
      name: 'complete',
      tasks: BATCH,
      run: each(({ id }) => complete(db, { task_id: id, attempt: 1, result, usage: null })),
    },
    {
      name: 'poll, nothing due',
      tasks: 1,
      run: () => claimDue(db, { ...LEASE, limit: 100, lanes: LANES, horizon }),
    },
    { name: 'get', tasks: 1, run: () => getTask(db, UNRESTRICTED, middle.id) },
    { name: 'stats', tasks: 1, run: () => getStats(db, UNRESTRICTED) },
    list('newest', {}),
    list('from a cursor', { cursor: middle.id }),
    list('COMPLETED', { status: 'COMPLETED' }),
    list('FAILED', { status: 'FAILED' }),
    list('PENDING', { status: 'PENDING' }),
    list('RUNNING', { status: 'RUNNING' }),
    list('a model', { model: 'simulated' }),
    list('a rare model', { model: 'rare' }),
    list('a priority', { priority: 3 }),
    list('created_before', { created_before: middle.day }),
    list('created_after', { created_after: yesterday }),
    list('a text in none', { text: 'nowhere to be found' }),
    { name: 'MCP list', tasks: 1, run: () => peekTasks(db, UNRESTRICTED, { limit: 20 }) },
    {
      name: 'retention, none old',
      tasks: 1,
      run: () => deleteFinished(db, { older_than_days: 30, limit: 500 }),
    },
  ];
}
