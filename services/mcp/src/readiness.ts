import type { Readiness } from '@millrace/contracts';
import { ping, whyNotReady } from '@millrace/db';
import type { ServiceParts } from './context.ts';

/** The body of `GET /health/ready`. */
export async function readiness({ databases, logger }: ServiceParts): Promise<Readiness> {
  try {
    await databases.ready();
    await ping(databases.reading);
    return { status: 'ready', dependencies: { postgres: { status: 'up', required: true } } };
  } catch (error) {
    logger.warn({ err: error }, 'not ready');
    const postgres = { status: 'down', required: true, detail: whyNotReady(error) } as const;
    return { status: 'unready', dependencies: { postgres } };
  }
}
