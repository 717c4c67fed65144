import { Elysia } from 'elysia';
import type { GatewayContext } from '../context.ts';
import { getMetricsOperation } from '../swagger/service-operations.ts';

export function getMetrics({ telemetry }: GatewayContext) {
  return new Elysia().get('/metrics', () => telemetry.metrics.response(), { detail: getMetricsOperation });
}
