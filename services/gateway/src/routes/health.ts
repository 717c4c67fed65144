import type { DependencyHealth, Readiness } from '@millrace/contracts';
import { ping, whyNotReady } from '@millrace/db';
import { OutageLog, shareResult } from '@millrace/runtime';
import { Elysia } from 'elysia';
import type { GatewayContext } from '../context.ts';
import { healthOperation, readinessOperation } from '../swagger/service-operations.ts';

export function health({ db, producer, events, schema, logger }: GatewayContext) {
  // Anyone may ask, without a key and at any rate: concurrent checks share a ping.
  const pingTogether = shareResult(() => ping(db), 0);
  const outage = new OutageLog(logger);

  async function postgres(): Promise<DependencyHealth> {
    const missing = schema.missing();
    if (missing !== undefined) return { status: 'down', required: true, detail: missing };
    try {
      await pingTogether();
      return { status: 'up', required: true };
    } catch (error) {
      outage.warn({ err: error }, 'postgres did not answer the readiness check');
      return { status: 'down', required: true, detail: whyNotReady(error) };
    }
  }

  return new Elysia()
    .get('/health', () => ({ status: 'alive' }), { detail: healthOperation })
    .get(
      '/health/ready',
      async ({ set }): Promise<Readiness> => {
        const database = await postgres();
        // Only now: Postgres may have taken seconds.
        const { connected, buffered } = producer.health();
        const dependencies = {
          postgres: database,
          // Without it tasks are still accepted and still run, only later.
          stream: optional(
            connected,
            `No broker is connected, or it denies permission to write; messages buffered: ${buffered}`,
          ),
          // Without it waiting clients learn of a task's end up to a second later.
          events: optional(
            events.health().connected,
            'No events are received; Postgres is polled every second instead',
          ),
        };
        const ready = Object.values(dependencies).every(
          ({ status, required }) => status === 'up' || !required,
        );
        set.status = ready ? 200 : 503;
        return { status: ready ? 'ready' : 'unready', dependencies };
      },
      { detail: readinessOperation },
    );
}

function optional(connected: boolean, detail: string): DependencyHealth {
  return connected ? { status: 'up', required: false } : { status: 'down', required: false, detail };
}
