import { expect, test } from 'bun:test';
import type { Readiness } from '@millrace/contracts';
import type { GatewayContext } from '../context.ts';
import { health } from './health.ts';

test('the stream is reported as it is when the answer is sent, however long Postgres takes', async () => {
  const ping = Promise.withResolvers<void>();
  let connected = true;
  const context: unknown = {
    db: { sql: () => ping.promise },
    producer: { health: () => ({ connected, buffered: 3 }) },
    events: { health: () => ({ connected }) },
    schema: { missing: () => undefined },
  };
  const checking = health(context as GatewayContext).handle(new Request('http://gateway/health/ready'));
  connected = false;
  ping.resolve();
  const { dependencies } = (await (await checking).json()) as Readiness;
  expect(dependencies).toMatchObject({
    postgres: { status: 'up' },
    stream: {
      status: 'down',
      detail: 'No broker is connected, or it denies permission to write; messages buffered: 3',
    },
    events: { status: 'down' },
  });
});
