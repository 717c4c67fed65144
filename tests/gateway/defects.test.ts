import { expect, test } from 'bun:test';
import type { Logger } from '@millrace/contracts';
import { createTestDatabase } from '../test-database.ts';
import { createGateway, problemIn } from './gateway.ts';

test('an unexpected error is a 500 that reveals no internals, and a log line with all of it', async () => {
  await using database = await createTestDatabase(1);
  const logged: { fields: object; message: string }[] = [];
  const ignore = () => undefined;
  const logger: Logger = {
    debug: ignore,
    info: ignore,
    warn: ignore,
    error: (fields, message) => logged.push({ fields, message }),
  };
  const gateway = createGateway(database.db, { logger });
  await database.db.sql`drop table tasks cascade`;

  const trace = '4bf92f3577b34da6a3ce929d0e0e4736';
  const traceparent = `00-${trace}-00f067aa0ba902b7-01`;
  const headers = { 'content-type': 'application/json', traceparent };
  for (const [method, body] of [['POST', { prompt: 'x' }], ['GET']] as const) {
    logged.length = 0;
    const response = await gateway.send(method, '/tasks', body, headers);
    expect(response.headers.get('traceparent')).toBe(traceparent);
    const problem = await problemIn(response);
    expect(problem).toMatchObject({
      status: 500,
      code: 'internal_error',
      detail: expect.stringContaining(trace),
    });
    expect(JSON.stringify(problem)).not.toMatch(/relation|select|insert|\.ts/i);
    expect(logged).toEqual([
      {
        fields: { err: expect.any(Error), method, path: '/tasks', trace_id: trace },
        message: 'request failed',
      },
    ]);
  }
}, 60_000);
