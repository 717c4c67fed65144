import { getStats as readStats } from '@millrace/db';
import { Elysia } from 'elysia';
import type { GatewayContext } from '../context.ts';
import { shareResult } from '../http/shared-result.ts';
import { getStatsOperation } from '../swagger/service-operations.ts';

/** Counting takes as long as the backlog is large, however many dashboards ask. */
const STATS_MAX_AGE_MS = 1000;

export function getStats({ scanDb }: GatewayContext) {
  const stats = shareResult(() => readStats(scanDb), STATS_MAX_AGE_MS);
  return new Elysia().get('/stats', () => stats(), { detail: getStatsOperation });
}
