import type { Readiness } from '@millrace/contracts';
import { ping } from '@millrace/db';
import type { ServiceParts } from './context.ts';

/** The body of `GET /health/ready`. */
export async function readiness({ databases, logger }: ServiceParts): Promise<Readiness> {
  try {
    await databases.ready();
    await ping(databases.reading);
    return { status: 'ready', dependencies: { postgres: { status: 'up', required: true } } };
  } catch (error) {
    logger.warn({ err: error }, 'postgres did not answer the readiness check');
    const postgres = { status: 'down', required: true, detail: 'Postgres does not answer' } as const;
    return { status: 'unready', dependencies: { postgres } };
  }
}
