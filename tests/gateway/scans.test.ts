import { expect, test } from 'bun:test';
import { type Access, openAccess } from '@millrace/access';
import { type Database, openDatabase } from '@millrace/db';
import { createTestDatabase } from '../test-database.ts';
import { eventually, within } from '../waiting.ts';
import { createGateway, problemIn } from './gateway.ts';
import { listenAsGateway } from './listening-gateway.ts';

const SCANS = { scanPoolSize: 2 };

/** A database with connections of its own for scans, and a row of Ada's that holds up whoever reads it. */
async function startLab() {
  const stack = new AsyncDisposableStack();
  const { db, url } = stack.use(await createTestDatabase(3));
  const scans = { url, maxConnections: SCANS.scanPoolSize, applicationName: 'slow-scans' };
  const scanDb = stack.adopt(openDatabase(scans), (pool) => pool.close());
  const hold = stack.use(new AsyncDisposableStack());
  hold.use(await holdUp(db, 'ada'));
  return {
    db,
    scanDb,
    /** Lets them go on. */
    release: () => hold.disposeAsync(),
    heldUp: () => heldUp(db),
    send: createOwnersGateway(db, scanDb),
    [Symbol.asyncDispose]: () => stack.disposeAsync(),
  };
}

/** A statement behind a blocked one waits longer: until Postgres cancels that one. */
const SOON_MS = 5_000;

/** Statements that read a row of this owner wait until the test releases it. */
async function holdUp({ sql }: Database, owner: string): Promise<AsyncDisposable> {
  await sql.unsafe(`
    insert into tasks (id, prompt, model, priority, max_attempts, timeout_ms, metadata, run_at, status, finished_at, owner)
    values ('${HELD}', 'x', 'builtin', 5, 3, 1000, '{}', now(), 'FAILED', now(), '${owner}');
    alter table tasks rename to stored;
    create view tasks as select * from stored
      where owner is distinct from '${owner}' or (select pg_advisory_xact_lock_shared(1)) is not null`);
  const holder = await sql.reserve();
  await holder`select pg_advisory_lock(1)`;
  return {
    async [Symbol.asyncDispose]() {
      await holder`select pg_advisory_unlock(1)`;
      holder.release();
    },
  };
}

const HELD = '01a21c03-0000-7000-8000-000000000000';
const SCANNING: [string, string, object | undefined][] = [
  ['GET', '/tasks?text=x', undefined],
  ['GET', '/stats', undefined],
  ['GET', `/tasks/${HELD}/attempts`, undefined],
  ['GET', `/tasks/${HELD}/steps`, undefined],
  ['POST', '/tasks/retry', { status: 'FAILED' }],
];

function createOwnersGateway(db: Database, scanDb: Database) {
  const authorize = ({ headers }: Request): Access => {
    const owner = headers.get('x-owner');
    const sees = owner?.startsWith('admin') ? null : owner;
    return { ...openAccess('anybody'), caller: { sees, owner, max_open_tasks: null } };
  };
  const gateway = createGateway(db, { scanDb, ...SCANS, authorize });
  return (owner: string, method: string, path: string, body?: unknown) =>
    gateway.send(method, path, body, { 'content-type': 'application/json', 'x-owner': owner });
}

/** How many statements are blocked, on connections of either kind. */
async function heldUp(db: Database) {
  const rows = await db.sql<{ application_name: string }[]>`
    select application_name from pg_stat_activity where wait_event_type = 'Lock' and wait_event = 'advisory'
      and datname = current_database()`;
  const scans = rows.filter(({ application_name }) => application_name === 'slow-scans').length;
  return { scans, others: rows.length - scans };
}

test('slow lists delay no submission, and too many of them are refused', async () => {
  await using lab = await startLab();
  const { db, scanDb, heldUp, release } = lab;
  const gateway = createGateway(db, { scanDb, ...SCANS });
  const scan = () => gateway.send('GET', '/tasks?text=x');
  const scans = Array.from({ length: 250 }, scan);
  await eventually('the first is held up', async () => (await heldUp()).scans > 0);
  const refused = await scan();
  expect(refused.headers.get('retry-after')).toBe('1');
  expect(await problemIn(refused)).toMatchObject({ status: 429, code: 'overloaded' });

  for (let i = 0; i < 10; i++) {
    const posted = gateway.send('POST', '/tasks', { prompt: 'x' });
    expect((await within('the submission is accepted', SOON_MS, posted)).status).toBe(202);
  }
  const ready = await gateway.send('GET', '/health/ready');
  expect(ready.status).toBe(200);
  const stats = gateway.send('GET', '/stats');
  await eventually('statistics are not in their line', async () => (await heldUp()).scans === 2);
  await release();
  expect((await stats).status).toBe(200);
  const statuses = Map.groupBy(await Promise.all(scans), ({ status }) => status);
  expect([...statuses].map(([status, answers]) => [status, answers.length])).toEqual([
    [200, 200],
    [429, 50],
  ]);
}, 60_000);

test.each(SCANNING)(
  '%s %s queries on a connection for scans',
  async (method, path, body) => {
    await using lab = await startLab();
    const { heldUp, release, send } = lab;
    const answer = send('ada', method, path, body);
    const seen = await eventually('the statement is blocked', async () => {
      const { scans, others } = await heldUp();
      return scans + others > 0 && { scans, others };
    });
    await release();
    expect(seen.others).toBe(0);
    expect((await answer).status).toBeLessThan(300);
  },
  60_000,
);

test("one owner's slow statistics and lists together leave others a connection", async () => {
  await using lab = await startLab();
  const { heldUp, release, send } = lab;
  const slow = [send('ada', 'GET', '/stats'), send('ada', 'GET', '/tasks?text=x')];
  await eventually('one is held up', async () => (await heldUp()).scans > 0);
  const others = await within("bob's", SOON_MS, send('bob', 'GET', '/stats'));
  expect(others.status).toBe(200);
  expect((await heldUp()).scans).toBe(1);
  await release();
  expect((await Promise.all(slow)).map(({ status }) => status)).toEqual([200, 200]);
}, 60_000);

test("one administrator's slow lists do not keep another from statistics", async () => {
  await using lab = await startLab();
  const { heldUp, release, send } = lab;
  const slow = [send('admin-1', 'GET', '/tasks?text=x')];
  await eventually('the list is held up', async () => (await heldUp()).scans === 1);
  slow.push(send('admin-1', 'GET', '/stats'), send('admin-2', 'GET', '/stats'));
  await eventually('the other is in no queue', async () => (await heldUp()).scans === 2);
  await release();
  expect((await Promise.all(slow)).map(({ status }) => status)).toEqual([200, 200, 200]);
}, 60_000);

test.each([
  ['lists', 100, 'GET', '/tasks?text=x', undefined],
  ['replays', 2, 'POST', '/tasks/retry', { status: 'FAILED' }],
])(
  "one owner's slow %s delay nobody else, and have a share of the places",
  async (what, share, method, path, body) => {
    await using lab = await startLab();
    const { heldUp, release, send } = lab;
    const slow = Array.from({ length: share }, () => send('ada', method, path, body));
    await eventually('the first is held up', async () => (await heldUp()).scans > 0);
    const { detail } = await problemIn(await send('ada', method, path, body));
    expect(detail).toStartWith(`${share} ${what} of ada, as many as one owner may have,`);
    for (const [otherMethod, otherPath, otherBody] of SCANNING.filter(([, other]) => !other.includes(HELD))) {
      const answer = send('bob', otherMethod, otherPath, otherBody);
      expect((await within(`bob's ${otherPath}`, SOON_MS, answer)).status).toBeLessThan(300);
    }
    expect((await heldUp()).scans).toBe(1);
    await release();
    const statuses = (await Promise.all(slow)).map(({ status }) => status);
    expect(statuses.filter((status) => status >= 300)).toEqual([]);
  },
  60_000,
);

test('nothing is queried for clients that left while queueing', async () => {
  await using lab = await startLab();
  const { db, scanDb, heldUp, release } = lab;
  let selects = 0;
  const query: typeof scanDb.query = (template, ...parameters) => {
    selects++;
    return scanDb.query(template, ...parameters);
  };
  await using gateway = await listenAsGateway({ db }, {}, { scanDb: { ...scanDb, query }, ...SCANS });
  const gone = new AbortController();
  const get = (path: string, signal?: AbortSignal) =>
    fetch(`http://127.0.0.1:${gateway.port}${path}`, { signal: signal ?? null });
  const waiting = Array.from({ length: 10 }, () => get('/tasks?text=x', gone.signal).catch(() => null));
  await eventually('the first is held up', async () => (await heldUp()).scans > 0);
  const selectsOfOne = selects;
  const inFlight = async () =>
    Number(/^millrace_http_requests_in_flight.* (\d+)$/m.exec(await (await get('/metrics')).text())?.[1]);
  await eventually('all of them are there', async () => (await inFlight()) > waiting.length);
  gone.abort();
  await Promise.all(waiting);
  await eventually('the gateway has noticed that the clients are gone', async () => (await inFlight()) <= 1);
  const stays = get('/tasks?text=x');
  await release();
  expect((await stays).status).toBe(200);
  expect(selects).toBe(2 * selectsOfOne);
}, 60_000);
