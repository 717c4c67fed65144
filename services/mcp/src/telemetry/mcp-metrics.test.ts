import { expect, test } from 'bun:test';
import { McpMetrics } from './mcp-metrics.ts';

test('requests that reach no method are counted by reason', async () => {
  const mcp = new McpMetrics(['builtin']);
  for (const status of [401, 403, 429, 503]) mcp.refused(status);
  mcp.answered('tools/list', 'ok');
  const text = await (await mcp.metrics.response()).text();
  expect(text.split('\n').filter((line) => line.startsWith('millrace_mcp_requests_total'))).toEqual([
    'millrace_mcp_requests_total{method="none",outcome="unauthorized"} 2',
    'millrace_mcp_requests_total{method="none",outcome="rate_limited"} 1',
    'millrace_mcp_requests_total{method="none",outcome="error"} 1',
    'millrace_mcp_requests_total{method="tools/list",outcome="ok"} 1',
  ]);
});
