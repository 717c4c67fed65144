import { beforeAll, expect, test } from 'bun:test';
import { connect, type Socket } from 'node:net';
import { claim, complete, listTasks, submit, UNRESTRICTED } from '@millrace/db';
import { newTask } from '../db/new-task.ts';
import { shared } from '../shared.ts';
import { createTestDatabase } from '../test-database.ts';
import { eventually, within } from '../waiting.ts';
import { watchTask } from './event-client.ts';
import { startGateway } from './gateway-process.ts';
import { createRandom } from './random.ts';

/** More than the system buffers for a connection. */
const OUTPUT_LENGTH = 10_000_000;
/** How many of them have room. */
const ROOM = 13;
/** Of event streams, each with a snapshot and an end. */
const EVENTS_ROOM = 6;
const BATCH_BYTES_MAX = 64 * 1024 * 1024;
/** A look takes its time on a busy machine. */
const PATIENT = { timeoutMs: 40_000 };

let path: string;
const database = shared(createTestDatabase);
const gateway = shared(() =>
  startGateway({
    DATABASE_URL: database.url,
    BATCH_BODY_LIMIT_BYTES: String(BATCH_BYTES_MAX),
  }),
);
beforeAll(async () => {
  const { id } = await submit(database.db, newTask());
  await finish(id, OUTPUT_LENGTH);
  path = `/tasks/${id}`;
}, 120_000);

async function finish(task_id: string, outputLength: number): Promise<void> {
  const { attempts: attempt } = (await claim(database.db, { task_id, executor: 'test', lease_ms: 60_000 }))!;
  const result = { output: 'x'.repeat(outputLength), steps: [] };
  await complete(database.db, { task_id, attempt, result, usage: null });
}

/**
 * Resolves with the status once it has come, and takes no more.
 *
 * @param rest further headers, and a body
 */
async function ask(
  method = 'GET',
  at = path,
  rest = '\r\n',
): Promise<{ status: number; socket: Socket; whole: Promise<number> }> {
  const socket = connect(gateway.port, '127.0.0.1').on('error', () => undefined);
  socket.write(`${method} ${at} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n${rest}`);
  const { promise, resolve } = Promise.withResolvers<number>();
  const whole = Promise.withResolvers<number>();
  let bytes = 0;
  socket.once('data', (data) => {
    resolve(Number(data.toString('latin1').split(' ')[1]));
    socket.pause();
  });
  socket.on('data', (data) => {
    bytes += data.length;
  });
  socket.once('close', () => {
    resolve(0);
    whole.resolve(bytes);
  });
  return { status: await promise, socket, whole: whole.promise };
}

function postJson(at: string, value: object, header = '') {
  const body = JSON.stringify(value);
  const headers = `${header}Content-Type: application/json\r\nContent-Length: ${body.length}`;
  return ask('POST', at, `${headers}\r\n\r\n${body}`);
}

/** How many of the answers that nobody takes find room. */
async function countRoom(at = path, expected = ROOM): Promise<number> {
  const asked = [];
  for (let i = 0; i < expected + 2; i++) asked.push(await ask('GET', at));
  for (const { socket } of asked) socket.destroy();
  expect(new Set(asked.map(({ status }) => status))).toEqual(new Set([200, 429]));
  return asked.filter(({ status }) => status === 200).length;
}

const roomIsFree = () => eventually('the room is free', async () => (await countRoom()) === ROOM, PATIENT);
const eventsRoomIsFree = () =>
  eventually(
    'the room of events is free',
    async () => (await countRoom(`${path}/events`, EVENTS_ROOM)) === EVENTS_ROOM,
    PATIENT,
  );

async function countReadings(): Promise<number> {
  const metrics = await (await fetch(`${gateway.url}/metrics`)).text();
  return Number(/^millrace_db_batch_size_count{.*read_timeline.*} (\d+)/m.exec(metrics)?.[1]);
}

test('unread events are held within a limit; those without room are sent once clients have gone', async () => {
  const { id } = await submit(database.db, newTask());
  const stream = watchTask(gateway.port, id);
  await eventually('it has begun', () => stream.events.length === 1);
  const others = [];
  for (let i = 0; i < EVENTS_ROOM + 1; i++) others.push(await ask('GET', `${path}/events`));
  expect(others.map(({ status }) => status)).toEqual([...Array(EVENTS_ROOM).fill(200), 429]);
  await finish(id, 2 * OUTPUT_LENGTH);
  const readings = await countReadings();
  await eventually('it was tried', async () => (await countReadings()) > readings);
  expect(stream.events.map(({ type }) => type)).not.toContain('end');
  for (const { socket } of others) socket.destroy();
  expect(await within('the stream ends', 20_000, stream.closed)).toBe(true);
  expect(stream.events.at(-1)?.type).toBe('end');
}, 120_000);

test('unread answers are held within a limit, and freed when clients go; without room, a client that waited still gets its 202', async () => {
  const post = (header: string) => postJson('/tasks', { prompt: 'calculate 1+1' }, `${header}\r\n`);
  const key = `Idempotency-Key: ${Bun.randomUUIDv7()}`;
  const asked = [await post(key)];
  const newest = async () => (await listTasks(database.db, UNRESTRICTED, { limit: 1 })).tasks[0]!;
  await finish((await newest()).id, OUTPUT_LENGTH);
  for (let i = 0; i < ROOM + 2; i++) asked.push(await post(key));
  expect(asked.map(({ status }) => status)).toEqual([202, ...Array(ROOM).fill(200), 429, 429]);

  const { id: last } = await newest();
  const waiting = post('Prefer: wait=30');
  await eventually('it is stored', async () => (await newest()).id !== last);
  await finish((await newest()).id, OUTPUT_LENGTH);
  asked.push(await waiting);
  expect(asked.at(-1)!.status).toBe(202);
  for (const { socket } of asked) socket.destroy();
  // Also of reads, which share that room.
  await roomIsFree();
}, 120_000);

test('a batch has its room until its answer is taken; one without room is refused before it is stored', async () => {
  const tasks = Array(400).fill({ prompt: 'x'.repeat(100_000) });
  const count = async () => (await database.db.sql`select count(*)::integer as count from tasks`)[0]!.count;
  const before = await count();
  const asked = [];
  for (let i = 0; i < 4; i++) asked.push(await postJson('/tasks/batch', { tasks }));
  expect(asked.filter(({ status }) => status === 207)).toHaveLength(3);
  expect((await count()) - before).toBe(3 * tasks.length);
  for (const { socket } of asked) socket.destroy();
  const isTaken = async () => {
    const { status, socket } = await postJson('/tasks/batch', { tasks });
    socket.destroy();
    return status === 207;
  };
  await eventually('there is room again', isTaken, PATIENT);
}, 120_000);

const SEED = 20261128;

test(`whatever clients do, their room is freed: seed ${SEED}`, async () => {
  const random = createRandom(SEED);
  const anywhere = () => random.pick([path, `${path}/events`]);
  const clients = {
    async takesAll() {
      const { status, socket, whole } = await ask('GET', anywhere());
      socket.resume();
      const bytes = await whole;
      if (status === 200) expect(bytes).toBeGreaterThan(OUTPUT_LENGTH);
    },
    async takesTheHead() {
      const { socket, whole } = await ask('HEAD', anywhere());
      socket.resume();
      await whole;
    },
    async cutsAfterTheBeginning() {
      (await ask('GET', anywhere())).socket.destroy();
    },
    async cutsBeforeTheAnswer() {
      const socket = connect(gateway.port, '127.0.0.1').on('error', () => undefined);
      const closed = new Promise((resolve) => socket.once('close', resolve));
      socket.write(`GET ${anywhere()} HTTP/1.1\r\nHost: localhost\r\n\r\n`, () => {
        setTimeout(() => socket.destroy(), random.below(30));
      });
      await closed;
    },
  };
  for (let round = 0; round < 5; round++) {
    const acts = Array.from({ length: 6 }, () => random.pick(Object.values(clients)));
    await Promise.all(acts.map((act) => act()));
  }
  await roomIsFree();
  await eventsRoomIsFree();
  expect(gateway.log()).not.toContain('"level":"error"');
}, 120_000);
