import type { Readiness } from '@millrace/contracts';
import { ping, whyNotReady } from '@millrace/db';
import { OutageLog, shareResult } from '@millrace/runtime';
import type { ServiceParts } from './context.ts';

/** What `GET /health/ready` answers. Anyone may ask, without a key and at any rate: concurrent checks share a ping. */
export function readinessOf({ databases, logger }: Pick<ServiceParts, 'databases' | 'logger'>) {
  const outage = new OutageLog(logger);
  return shareResult(async (): Promise<Readiness> => {
    try {
      await databases.ready();
      await ping(databases.reading);
      return { status: 'ready', dependencies: { postgres: { status: 'up', required: true } } };
    } catch (error) {
      outage.warn({ err: error }, 'postgres did not answer the readiness check');
      const postgres = { status: 'down', required: true, detail: whyNotReady(error) } as const;
      return { status: 'unready', dependencies: { postgres } };
    }
  }, 0);
}
