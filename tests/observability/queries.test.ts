import { beforeAll, expect, test } from 'bun:test';
import { join } from 'node:path';
import { repositoryRoot } from '@millrace/devstack';
import { startTestStack } from '../platform/test-stack.ts';
import { shared } from '../shared.ts';
import { type Exposed, exposedBy } from './exposed.ts';
import { selectedBy } from './promql.ts';
import { alertQueries, alerts, dashboardQueries, documentedQueries } from './queries.ts';

/** Added by Prometheus itself, and by Redpanda, which tests/compose queries if it is available. */
const OF_OTHERS = /^(up|redpanda_\w+)$/;
const ADDED_BY_PROMETHEUS = ['job', 'instance'];

let exposed: Exposed;
const platform = shared(() => startTestStack({ parts: ['broker', 'gateway', 'executor', 'mcp'] }));
beforeAll(async () => {
  for (const model of ['builtin', 'simulated']) {
    await platform.post({ prompt: 'calculate 1+1', model });
  }
  await platform.post({ prompt: 'a sonnet', model: 'builtin' });
  await platform.untilEnded(3);
  const { stack } = platform;
  const urls = [stack.gatewayUrl, stack.mcpUrl, ...stack.executorHealthUrls];
  exposed = await exposedBy(urls.map((url) => new URL(url).origin));
}, 60_000);

const queries = [...(await dashboardQueries()), ...(await alertQueries()), ...(await documentedQueries())];

test('dashboards, alerts and documented queries are found', async () => {
  expect(queries.length).toBeGreaterThan(40);
  expect((await documentedQueries()).length).toBeGreaterThan(3);
});

test.each(queries)('$where queries what the services expose', ({ expression }) => {
  const selected = selectedBy(expression);
  expect(selected).not.toBeEmpty();
  for (const { metric, labels } of selected) {
    if (OF_OTHERS.test(metric)) continue;
    expect([...exposed.keys()]).toContain(metric);
    const known = exposed.get(metric)!;
    // The labels of a metric are known only if it has series.
    if (known.size > 0)
      expect([...known, ...ADDED_BY_PROMETHEUS]).toEqual(expect.arrayContaining([...labels]));
  }
});

test('each alert has a severity and a runbook', async () => {
  const runbooks = await Bun.file(join(repositoryRoot, 'docs/operations.md')).text();
  for (const { alert, labels, annotations } of await alerts()) {
    expect(['critical', 'warning']).toContain(labels.severity);
    expect(annotations.summary).not.toBeEmpty();
    expect(annotations.runbook).toBe(`docs/operations.md#${alert.toLowerCase()}`);
    expect(runbooks).toMatch(new RegExp(`^#+ ${alert}$`, 'm'));
  }
});
