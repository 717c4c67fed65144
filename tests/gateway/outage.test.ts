import { expect, test } from 'bun:test';
import { Readiness, Stats, type Task } from '@millrace/contracts';
import { migrate } from '@millrace/db';
import { startOwnPostgres } from '../own-postgres.ts';
import { recordingLogger } from '../stream/lab.ts';
import { openPool } from '../test-database.ts';
import { eventually, within } from '../waiting.ts';
import { finishTask } from './finish-task.ts';
import { bodyOf, createGateway, createWaiters, problemIn } from './gateway.ts';

test('while Postgres is away requests get 503 with Retry-After, and afterwards all is as before', async () => {
  await using postgres = await startOwnPostgres();
  await migrate(postgres.url);
  await using db = openPool(postgres.url, 3);
  using cleanUp = new DisposableStack();
  const waiters = cleanUp.adopt(createWaiters(db), (waiters) => waiters.stop());
  const gateway = createGateway(db, { waiters });
  const submit = () => gateway.send('POST', '/tasks', { prompt: 'x' });
  const before = await submit();
  expect(before.status).toBe(202);

  const waiting = gateway.send('GET', `${before.headers.get('location')}?wait=60`);
  const preferring = gateway.send(
    'POST',
    '/tasks',
    { prompt: 'y' },
    { prefer: 'wait=60', 'content-type': 'application/json' },
  );
  await eventually('two requests wait', () => waiters.places.taken === 2);

  await postgres.stop();
  const path = before.headers.get('location')!;
  const json = { 'content-type': 'application/json' };
  const keyed =
    /shortly\. The request may have been carried out: an Idempotency-Key makes repeating it safe\.$/;
  const change = /shortly\. The request may have been carried out: check before you repeat it\.$/;
  const repeatable = /reached; try again shortly\.$/;
  const requests: [RegExp, () => Promise<Response>][] = [
    [keyed, submit],
    [keyed, () => gateway.send('POST', '/tasks', { prompt: 'x' }, { ...json, 'idempotency-key': 'k' })],
    [keyed, () => gateway.send('POST', '/tasks', { prompt: 'x' }, { ...json, prefer: 'wait=60' })],
    [keyed, () => gateway.send('POST', '/tasks/batch', { tasks: [{ prompt: 'x' }] })],
    [keyed, () => gateway.send('POST', '/tasks/batch', { tasks: [{ prompt: 'x' }], atomic: true })],
    [
      keyed,
      () =>
        gateway.send(
          'POST',
          '/tasks/batch',
          { tasks: [{ prompt: 'x' }] },
          { ...json, 'idempotency-key': 'k' },
        ),
    ],
    [change, () => gateway.send('POST', '/tasks/retry', { status: 'FAILED' })],
    [change, () => gateway.send('POST', `${path}/retry`)],
    [repeatable, () => gateway.send('POST', `${path}/cancel`)],
    [repeatable, () => gateway.send('GET', path)],
    [repeatable, () => gateway.send('GET', `${path}?wait=60`)],
    [repeatable, () => gateway.send('GET', `${path}/attempts`)],
    [repeatable, () => gateway.send('GET', `${path}/events`)],
    [repeatable, () => gateway.send('GET', '/tasks')],
    [repeatable, () => gateway.send('GET', '/stats')],
  ];
  for (const [detail, request] of requests) {
    const response = await request();
    expect(response.headers.get('retry-after')).toBe('1');
    expect(await problemIn(response)).toMatchObject({
      status: 503,
      code: 'database_unavailable',
      detail: expect.stringMatching(detail),
    });
  }
  const unready = await gateway.send('GET', '/health/ready');
  expect(unready.status).toBe(503);
  expect(await bodyOf(Readiness, unready)).toMatchObject({
    status: 'unready',
    dependencies: { postgres: { status: 'down', required: true, detail: 'Postgres cannot be reached' } },
  });
  expect((await gateway.send('GET', '/health')).status).toBe(200);

  await postgres.start();
  await eventually('tasks are accepted again', async () => (await submit()).status === 202);
  // Whoever waited through the outage is answered when the task ends, as if there had been none.
  await finishTask(db, path.split('/').at(-1)!);
  const ended = await within('the answer to the wait', 10_000, waiting);
  expect((await ended.json()) as Task).toMatchObject({ status: 'COMPLETED' });
  waiters.stop();
  expect((await preferring).status).toBe(202);

  const again = await gateway.send('GET', path);
  expect(again.status).toBe(200);
  await bodyOf(Stats, await gateway.send('GET', '/stats'));
}, 60_000);

test('a stored task is reported as such, even if Postgres goes away while its client waits', async () => {
  await using postgres = await startOwnPostgres();
  await migrate(postgres.url);
  await using db = openPool(postgres.url, 2);
  const waiters = createWaiters(db);
  const headers = { 'content-type': 'application/json', prefer: 'wait=60' };
  const answer = createGateway(db, { waiters }).send('POST', '/tasks', { prompt: 'x' }, headers);
  await eventually('the request waits', () => waiters.places.taken === 1);
  await postgres.stop();
  waiters.stop();
  const response = await within('the answer', 15_000, answer);
  expect(response.status).toBe(202);
  expect((await response.json()) as Task).toMatchObject({ prompt: 'x', status: 'PENDING' });
}, 60_000);

test('while Postgres is away the log says so now and then, however many ask', async () => {
  await using db = openPool('postgres://nobody@127.0.0.1:1/nowhere', 3);
  const { logger, lines } = recordingLogger();
  const gateway = createGateway(db, { logger });
  const started = performance.now();
  for (let asked = 0; asked < 10; asked++) {
    const answers = await Promise.all(
      ['/health/ready', '/health/ready', '/tasks'].map((path) => gateway.send('GET', path)),
    );
    expect(answers.map(({ status }) => status)).toEqual([503, 503, 503]);
  }
  const intervals = 1 + Math.floor((performance.now() - started) / 5_000);
  for (const message of ['postgres did not answer the readiness check', 'database unavailable']) {
    const logged = lines.filter((line) => line.message === message).length;
    expect(logged).toBeGreaterThan(0);
    expect(logged).toBeLessThanOrEqual(intervals);
  }
}, 60_000);
