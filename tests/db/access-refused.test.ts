import { afterAll, beforeAll, beforeEach, expect, test } from 'bun:test';
import { createServer } from 'node:net';
import {
  awaitSchema,
  type Database,
  isDatabaseUnavailable,
  openDatabase,
  ping,
  whyNotReady,
} from '@millrace/db';
import { createLogger } from '@millrace/runtime';
import { createTestDatabase, openPool, type TestDatabase } from '../test-database.ts';
import { eventually, within } from '../waiting.ts';
import { TestLogin } from './test-login.ts';

const logger = createLogger('access-test', 'error', 'stderr');

let database: TestDatabase;
let login: TestLogin;
let db: Database;

beforeAll(async () => {
  database = await createTestDatabase(1);
  login = await TestLogin.create(database.url);
});
beforeEach(() => {
  db = openPool(login.url, 2);
});
afterAll(async () => {
  await login?.[Symbol.asyncDispose]();
  await database?.[Symbol.asyncDispose]();
});

/** What a verb gets once its connections are gone and new ones are refused. */
async function refusal(): Promise<unknown> {
  await ping(db);
  await login.refuse();
  return eventually('the login is refused', async () => {
    const error = await ping(db).then(
      () => undefined,
      (reason: unknown) => reason,
    );
    return (error as { code?: string })?.code?.startsWith('CONNECTION') ? undefined : error;
  });
}

test.each([
  ['a changed password', 'password', '28P01', /refuses the login/],
  ['a login with NOLOGIN', 'nologin', '28000', /refuses the login/],
  ['a database closed to connections', 'no connections', '55000', /takes no connections/],
  ['a missing database', 'renamed', '3D000', /does not have the database/],
] as const)('%s is an outage in a running service, and an error at startup', async (_, way, code, why) => {
  login.way = way;
  const error = await refusal();
  expect(error).toMatchObject({ code });
  expect(isDatabaseUnavailable(error)).toBe(true);
  expect(whyNotReady(error)).toMatch(why);

  const starting = awaitSchema(login.url, 'auto', logger);
  expect(await within('it gives up', 10_000, starting.ready.catch(whyNotReady))).toMatch(why);
  const waiting = awaitSchema(login.url, 'wait', logger);
  await eventually('it waits', () => why.test(waiting.missing() ?? ''));

  await login.permit();
  await within('the schema is there', 10_000, waiting.ready);
  await eventually('the pool works again', async () => (await ping(db)) === undefined);
  await db.close();
});

test('an error without a code comes not from Postgres, but from something in its place', async () => {
  // An ErrorResponse without a field.
  const server = createServer((socket) => {
    socket.on('error', () => undefined);
    socket.once('data', () => socket.end(new Uint8Array([0x45, 0, 0, 0, 5, 0])));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as { port: number };
  const other = openDatabase({
    url: `postgres://a:b@127.0.0.1:${port}/c`,
    maxConnections: 1,
    applicationName: 'x',
  });
  const error = await ping(other).catch((reason: unknown) => reason);
  expect((error as Error).name).toBe('PostgresError');
  expect(isDatabaseUnavailable(error)).toBe(true);
  await other.close();
  await db.close();
  server.close();
});
