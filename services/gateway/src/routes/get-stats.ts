import { type Caller, getStats as readStats } from '@millrace/db';
import { shareEach } from '@millrace/runtime';
import { Elysia } from 'elysia';
import type { RouteContext } from '../context.ts';
import { refuseQuery } from '../http/query.ts';
import { getStatsOperation } from '../swagger/service-operations.ts';

/** Counting takes longer the larger the backlog is, so dashboards share a result. */
const STATS_MAX_AGE_MS = 1000;

export function getStats({ authorize, scanDb, scanInTurn }: RouteContext) {
  const stats = shareEach(
    (caller: Caller) => {
      const read = () => readStats(scanDb, caller);
      // Without owners all lists share one queue, and leave a connection for statistics.
      return caller.owner === null ? read() : scanInTurn(read, { owner: caller.owner });
    },
    // By owner too: administrators see the same, but wait behind their own lists only.
    ({ sees, owner }) => JSON.stringify([sees, owner]),
    STATS_MAX_AGE_MS,
  );
  return new Elysia().get(
    '/stats',
    async ({ request }) => {
      const { caller } = await authorize(request, 'tasks:read');
      refuseQuery(request.url);
      return stats(caller);
    },
    { detail: getStatsOperation },
  );
}
