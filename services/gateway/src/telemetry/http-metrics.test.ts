import { expect, test } from 'bun:test';
import { Metrics } from '@millrace/runtime';
import { HttpMetrics } from './http-metrics.ts';

test('clients cannot invent methods or routes', async () => {
  const metrics = new Metrics({ service: 'test', version: '0' });
  const http = new HttpMetrics(metrics);
  http.answered('GET', '/tasks/:id', 200, 3);
  http.answered('PURGE', undefined, 404, 1);
  http.answered('constructor', undefined, 404, 1);
  const text = await (await metrics.response()).text();
  expect(text.split('\n').filter((line) => line.startsWith('millrace_http_requests_total'))).toEqual([
    'millrace_http_requests_total{method="GET",route="/tasks/:id",status="200"} 1',
    'millrace_http_requests_total{method="_other",route="unmatched",status="404"} 2',
  ]);
});
