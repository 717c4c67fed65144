import { expect, test } from 'bun:test';
import type { Database } from '@millrace/db';
import type { Databases } from './databases.ts';
import { readinessOf } from './readiness.ts';

/** A database that answers every statement once it is told to, or fails if it is told why. */
function fixture() {
  const answer = Promise.withResolvers<unknown[]>();
  let prepared = 0;
  let statements = 0;
  const sql = () => {
    statements++;
    return answer.promise;
  };
  const databases = {
    async ready() {
      prepared++;
    },
    reading: { sql } as unknown as Database,
  } as unknown as Databases;
  const lines: string[] = [];
  const ignore = () => {};
  const warn = (_: object, message: string) => void lines.push(message);
  const logger = { debug: ignore, info: ignore, warn, error: ignore };
  const ready = readinessOf({ databases, logger });
  return { ready, answer, lines, asked: () => [prepared, statements] };
}

test('concurrent checks share a ping, a later one sends its own', async () => {
  const { ready, answer, asked } = fixture();
  const checks = Array.from({ length: 200 }, ready);
  answer.resolve([]);
  const up = { status: 'ready', dependencies: { postgres: { status: 'up', required: true } } } as const;
  expect(new Set((await Promise.all(checks)).map((report) => JSON.stringify(report)))).toEqual(
    new Set([JSON.stringify(up)]),
  );
  expect(asked()).toEqual([1, 1]);
  await ready();
  expect(asked()).toEqual([2, 2]);
});

test('a check that fails says why, and however often anyone asks, the log does so once', async () => {
  const { ready, answer, lines } = fixture();
  answer.reject(Object.assign(new Error('secret.example refuses'), { code: '28P01' }));
  const detail = 'Postgres refuses the login in DATABASE_URL; bun run migrate gives services theirs';
  expect(await ready()).toEqual({
    status: 'unready',
    dependencies: { postgres: { status: 'down', required: true, detail } },
  });
  for (let asked = 0; asked < 10; asked++) await ready();
  expect(lines).toHaveLength(1);
});
