import { beforeEach, expect, test } from 'bun:test';
import { shared } from '../shared.ts';
import { timed } from '../timed.ts';
import { eventually } from '../waiting.ts';
import { AgentStack } from './agent-stack.ts';
import { answer, silentFor, slowly } from './provider/replies.ts';

const EXECUTORS = 3;
const SLOTS = 4;
/** More than all slots together. */
const QUEUE = 40;

/** Three executors with few slots, so that a model at its limit could fill them all. */
const agent = shared(
  async () => {
    const stack = await AgentStack.start({
      executors: EXECUTORS,
      models: [
        'two-at-once=openai;model=gpt-test;concurrency=2',
        'three-a-minute=openai;model=gpt-test;rpm=3',
        'builtin',
      ].join(),
      env: { EXECUTOR_CONCURRENCY: `${SLOTS}`, LEASE_MS: '4000' },
    });
    await warmUp(stack);
    return stack;
  },
  (agent) => agent.end(),
);

/** What is measured is waiting for other models, not a process that runs its first tasks. */
async function warmUp(stack: AgentStack): Promise<void> {
  stack.provider.script('Warm up.', answer('Warm.'));
  const prompts = { 'two-at-once': 'Warm up.', builtin: 'calculate 1+1' };
  const tasks = Object.entries(prompts).flatMap(([model, prompt]) =>
    Array.from({ length: EXECUTORS * SLOTS }, () => stack.run({ prompt, model })),
  );
  await Promise.all(tasks);
}

beforeEach(async () => {
  agent.provider.connections.clear();
  await agent.platform.db.sql`truncate tasks, model_calls cascade`;
});

/** Shorter than the wait for a place, which does not count; far longer than a call. */
const TIMEOUT_MS = 2_000;
const post = (prompt: string, model: string, count: number) =>
  Promise.all(
    Array.from({ length: count }, () => agent.platform.post({ prompt, model, timeout_ms: TIMEOUT_MS })),
  );

/** Runs tasks of another model one after the other while `busy` holds; each answers within a second, stalls excepted. */
async function expectOthersUnharmed(busy: () => Promise<boolean>): Promise<void> {
  let slowest = 0;
  let count = 0;
  do {
    const run = () => agent.run({ prompt: `calculate ${count}+1`, model: 'builtin' });
    const { value: task, tookMs, stallMs } = await timed(run);
    slowest = Math.max(slowest, tookMs - stallMs);
    expect(task.result?.output).toBe(`${++count}`);
  } while (await busy());
  expect(count).toBeGreaterThan(5);
  expect(slowest).toBeLessThan(1_000);
}

/** However they ended. */
async function haveEnded(model: string, count: number): Promise<boolean> {
  const rows = await agent.platform.db.sql`
    select from tasks where model = ${model} and (finished_at is not null or attempts > 1)`;
  return rows.length === count;
}

async function endedOf(model: string): Promise<number> {
  const [row] = await agent.platform.db.sql<{ ended: number }[]>`
    select count(*)::int as ended from tasks where model = ${model} and status = 'COMPLETED' and attempts = 1`;
  return row!.ended;
}

async function untilEnded(model: string, count: number): Promise<void> {
  await eventually(`${count} tasks of ${model} are answered`, async () => {
    if ((await endedOf(model)) === count) return true;
    const rows = await agent.platform.db.sql`
      select status, attempts, error, count(*)::int as tasks from tasks where model = ${model} group by 1, 2, 3`;
    throw new Error(JSON.stringify(rows));
  });
}

async function running(prompt: string): Promise<number> {
  const [row] = await agent.platform.db.sql<{ count: number }[]>`
    select count(*)::int as count from tasks where prompt = ${prompt} and status = 'RUNNING'`;
  return row!.count;
}

async function someHaveWaited(model: string, ms: number): Promise<boolean> {
  const rows = await agent.platform.db.sql`
    select from tasks where model = ${model} and status = 'RUNNING'
      and attempt_started_at < now() - make_interval(secs => ${ms / 1000})`;
  return rows.length > 0;
}

test('two at once across three executors, and the other models go on', async () => {
  const prompt = 'One of thirty.';
  agent.provider.script(prompt, slowly('about a sixth of a second', 25));
  await post(prompt, 'two-at-once', 30);
  await expectOthersUnharmed(async () => !(await haveEnded('two-at-once', 30)));
  await untilEnded('two-at-once', 30);
  expect(agent.provider.connections.mostAtOnce).toBe(2);
  expect(agent.provider.requests(prompt)).toHaveLength(30);
}, 30_000);

test('tasks that wait for a model occupy no slots, and are left to others', async () => {
  agent.provider.script('Keep your place.', silentFor(20_000));
  agent.provider.script('One of the queue.', answer('My turn.'));
  const keep = { prompt: 'Keep your place.', model: 'two-at-once' };
  const holders = [await agent.platform.post(keep), await agent.platform.post(keep)];
  await eventually('both places are taken', () => agent.provider.connections.open.length === 2);
  await post('One of the queue.', 'two-at-once', QUEUE);
  let others = 0;
  await expectOthersUnharmed(async () => ++others < 30);
  // Each executor claims up to its number of slots before it knows that they have to wait, and no more.
  expect(await running('One of the queue.')).toBeLessThanOrEqual(EXECUTORS * SLOTS);
  expect(agent.provider.requests('One of the queue.')).toEqual([]);
  for (const { id } of holders) await agent.cancel(id);
  await untilEnded('two-at-once', QUEUE);
}, 30_000);

test('three a minute across three executors, and the other models go on', async () => {
  const prompt = 'One of six.';
  agent.provider.script(prompt, answer('Here.'));
  const model = 'three-a-minute';
  const posted = await post(prompt, model, 6);
  const requests = () => agent.provider.requests(prompt).length;
  await untilEnded(model, 3);
  await expectOthersUnharmed(async () => !(await someHaveWaited(model, TIMEOUT_MS * 2)));
  expect(requests()).toBe(3);
  const tasks = await Promise.all(posted.map(({ id }) => agent.platform.get(id)));
  const [unwanted] = tasks.filter(({ status }) => status === 'RUNNING');
  await agent.cancel(unwanted!.id);
  // Moves the counted calls back by a minute: Postgres counts by its own clock.
  await agent.platform.db.sql`update model_calls set started_at = started_at - interval '61 seconds'`;
  await untilEnded(model, 5);
  expect(requests()).toBe(5);
}, 30_000);

test('places of a killed executor are freed once its lease ends', async () => {
  const prompt = 'Take a place and die.';
  agent.provider.script(prompt, silentFor(20_000));
  agent.provider.script('Wait for a place.', answer('At last.'));
  const holders = await Promise.all(
    Array.from({ length: 2 }, () =>
      agent.platform.post({ prompt, model: 'two-at-once', timeout_ms: 60_000, max_attempts: 1 }),
    ),
  );
  await eventually('both places are taken', () => agent.provider.connections.open.length === 2);
  const waiting = await agent.platform.post({ prompt: 'Wait for a place.', model: 'two-at-once' });
  const owners = await Promise.all(holders.map(({ id }) => agent.platform.executorOf(id)));
  for (const { process } of owners) process.kill('SIGKILL');
  expect(await agent.ended(waiting.id)).toMatchObject({
    status: 'COMPLETED',
    result: { output: 'At last.' },
  });
  expect(agent.provider.connections.mostAtOnce).toBe(2);
}, 30_000);
