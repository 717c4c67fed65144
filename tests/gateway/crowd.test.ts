import { beforeAll, expect, test } from 'bun:test';
import type { Task } from '@millrace/contracts';
import { submitAll, UNRESTRICTED } from '@millrace/db';
import { createLogger } from '@millrace/runtime';
import { createTaskProducer } from '@millrace/stream';
import { startEmbeddedBroker } from '../conformance/brokers/embedded-broker.ts';
import { newTask } from '../db/new-task.ts';
import { shared } from '../shared.ts';
import { createTestDatabase } from '../test-database.ts';
import { eventually, within } from '../waiting.ts';
import { hears } from './events-lab.ts';
import { finishTask } from './finish-task.ts';
import { startGateway } from './gateway-process.ts';
import { type RawRequest, rawGet } from './raw-request.ts';

const CROWD = 1000;
const POOL_SIZE = 4;

const database = shared(createTestDatabase);
const broker = shared(startEmbeddedBroker);
const producer = shared(
  () => {
    const logger = createLogger('crowd-test', 'error', 'stderr');
    return createTaskProducer({ brokers: broker.brokers, clientId: 'crowd-test', logger });
  },
  (producer) => producer.stop(),
);
const gateway = shared(() =>
  startGateway({
    DATABASE_URL: database.url,
    DATABASE_POOL_SIZE: String(POOL_SIZE),
    KAFKA_BROKERS: broker.brokers.join(','),
    MAX_WAITERS: String(CROWD),
  }),
);
beforeAll(async () => {
  producer.start();
  await eventually('the gateway receives events', () => hears(gateway));
}, 60_000);

async function submitMany(count: number): Promise<string[]> {
  const tasks = await submitAll(
    database.db,
    UNRESTRICTED,
    Array.from({ length: count }, () => newTask()),
  );
  return tasks!.map(({ id }) => id);
}

/** Finishes a task and publishes the event, as an executor does. */
async function finish(id: string): Promise<number> {
  await finishTask(database.db, id);
  producer.publishEvent({ v: 1, type: 'status', task_id: id, status: 'COMPLETED', attempt: 1 });
  return performance.now();
}

function waitFor(ids: readonly string[], seconds = 60): RawRequest[] {
  const requests = ids.map((id) => rawGet(gateway.port, `/tasks/${id}?wait=${seconds}`));
  // Failures surface where the answers are awaited.
  for (const { answer } of requests) answer.catch(() => undefined);
  return requests;
}

/** Not counting its own request. */
async function requestsInFlight(): Promise<number> {
  const text = await (await fetch(`${gateway.url}/metrics`)).text();
  return Number(/^millrace_http_requests_in_flight (\d+)/m.exec(text)?.[1]) - 1;
}

/** Checks that no other request may wait. Polls the number first: a probe too early would take somebody's place. */
async function allPlacesAreTaken(): Promise<void> {
  const arrived = async () => (await requestsInFlight()) === CROWD;
  await eventually('all requests have arrived', arrived, { timeoutMs: 30_000 });
  const probe = await rawGet(gateway.port, `/tasks/${Bun.randomUUIDv7()}?wait=1`).answer;
  expect(probe.status).toBe(429);
}

async function connections(): Promise<number> {
  const [row] = await database.db.sql<{ count: number }[]>`
    select count(*)::int as count from pg_stat_activity where application_name like 'millrace-gateway%'`;
  return row!.count;
}

test(`${CROWD} waiting requests cost no connection each, block nobody, and are woken at once`, async () => {
  const ids = await submitMany(CROWD);
  const requests = waitFor(ids);
  await allPlacesAreTaken();
  expect(await connections()).toBeLessThanOrEqual(POOL_SIZE + 2);

  const submissions: number[] = [];
  for (let round = 0; round < 10; round++) {
    const begun = performance.now();
    const response = await gateway.submit('calculate 1+1');
    expect(response.status).toBe(202);
    submissions.push(performance.now() - begun);
  }
  // Any single one may meet a stall of the machine; blocked by the crowd, all would.
  expect(submissions.sort((a, b) => a - b)[5]!).toBeLessThan(500);

  const delays: number[] = [];
  for (const [i, id] of ids.slice(0, 50).entries()) {
    const finishedAt = await finish(id);
    const answer = await within(`the answer for task ${i}`, 5_000, requests[i]!.answer);
    delays.push(answer.answeredAt - finishedAt);
    expect(JSON.parse(answer.body) as Task).toMatchObject({ id, status: 'COMPLETED' });
  }
  delays.sort((a, b) => a - b);
  const [median, worst] = [delays[25]!, delays[49]!];
  console.info(`woken after ${median.toFixed(1)} ms at the median, ${worst.toFixed(1)} ms at worst`);
  expect(median).toBeLessThan(100);

  // The rest at once, as when an executor ends a batch.
  const rest = ids.slice(50);
  await Promise.all(rest.map(finish));
  const finishedAt = performance.now();
  const answers = await within(
    'all answers',
    10_000,
    Promise.all(requests.slice(50).map(({ answer }) => answer)),
  );
  expect(answers.filter(({ status, body }) => status !== 200 || !body.includes('"COMPLETED"'))).toEqual([]);
  const lastDelay = Math.max(...answers.map(({ answeredAt }) => answeredAt)) - finishedAt;
  console.info(
    `${rest.length} answered ${lastDelay.toFixed(0)} ms after the last of their tasks was finished`,
  );
  expect(lastDelay).toBeLessThan(2_000);
  expect(await connections()).toBeLessThanOrEqual(POOL_SIZE + 2);
}, 90_000);

test('a client that goes away frees its place for another', async () => {
  const ids = await submitMany(CROWD);
  const requests = waitFor(ids);
  await allPlacesAreTaken();
  for (const { abandon } of requests.slice(0, 500)) abandon();
  await eventually('500 requests have gone', async () => (await requestsInFlight()) === CROWD - 500);
  const others = waitFor(ids.slice(0, 500));
  // None of them is refused: a refusal would be an answer, and one less in flight.
  await allPlacesAreTaken();
  const id = ids[0]!;
  await finish(id);
  expect((await within('the answer', 5_000, others[0]!.answer)).status).toBe(200);
  for (const { abandon } of [...requests, ...others]) abandon();
}, 60_000);

test('a forged event wakes nobody', async () => {
  const [id] = (await submitMany(1)) as [string];
  const begun = performance.now();
  const [request] = waitFor([id], 2) as [RawRequest];
  for (let i = 0; i < 50; i++)
    producer.publishEvent({ v: 1, type: 'status', task_id: id, status: 'COMPLETED', attempt: 9 });
  await eventually('they are sent', () => producer.health().buffered === 0);
  const answer = await within('the answer', 5_000, request.answer);
  expect(answer.answeredAt - begun).toBeGreaterThan(1_990);
  expect(JSON.parse(answer.body)).toMatchObject({ status: 'PENDING' });
}, 30_000);

test('SIGTERM: waiting requests are answered at once with the task as it stands, and it exits with 0', async () => {
  await using other = await startGateway({
    DATABASE_URL: database.url,
    KAFKA_BROKERS: broker.brokers.join(','),
  });
  const ids = await submitMany(100);
  const requests = ids.map((id) => rawGet(other.port, `/tasks/${id}?wait=60`));
  const posted = other.submit('wait for me', { prefer: 'wait=60' });
  await eventually('the submission is stored', async () => {
    const rows = await database.db.sql`select 1 from tasks where prompt = 'wait for me'`;
    return rows.length === 1;
  });
  other.signal('SIGTERM');
  const answers = await within('all answers', 5_000, Promise.all(requests.map(({ answer }) => answer)));
  expect(answers.filter(({ status, body }) => status !== 200 || !body.includes('"PENDING"'))).toEqual([]);
  expect((await within('the answer to the submission', 5_000, posted)).status).toBe(202);
  expect(await within('the gateway ends', 15_000, other.exited)).toBe(0);
}, 60_000);
