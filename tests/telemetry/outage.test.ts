import { expect, test } from 'bun:test';
import { startStack } from '@millrace/devstack';
import { temporaryFolder } from '../temporary-folder.ts';
import { eventually } from '../waiting.ts';
import { scrape } from './scrape.ts';

test('with Postgres and the broker down every service can be scraped as before, and metrics read from them are absent', async () => {
  await using folder = await temporaryFolder();
  const env = { DRAIN_TIMEOUT_MS: '0', GATEWAY_AUTH: 'keys', MCP_AUTH: 'token' };
  await using stack = await startStack({ dataDir: folder.path, env });
  const { gatewayUrl, executorHealthUrls, mcpUrl } = stack;
  const [gateway, executor, mcp] = [gatewayUrl, executorHealthUrls[0]!, mcpUrl].map(
    (url) => new URL(url).origin,
  );
  const pending = (scraped: Awaited<ReturnType<typeof scrape>>) =>
    scraped.value('millrace_tasks', { status: 'PENDING' });
  expect(pending(await scrape(gateway!))).toBe(0);

  stack.postgres.killForGood();
  stack.broker.killForGood();
  // Values read from Postgres may be reported for a few seconds more.
  const without = await eventually(
    'figures from Postgres are absent',
    async () => {
      const scraped = await scrape(gateway!);
      return pending(scraped) === undefined && scraped;
    },
    { timeoutMs: 15_000 },
  );
  expect(without.value('millrace_oldest_pending_age_seconds')).toBeUndefined();
  expect(without.families.get('millrace_tasks')?.samples).toEqual([]);
  for (const origin of [gateway!, executor!]) {
    await eventually(
      'the stream is reported as not connected',
      async () => (await scrape(origin)).value('millrace_stream_connected') === 0,
      { timeoutMs: 15_000 },
    );
  }
  await eventually('the executor counts what fails', async () => {
    const scraped = await scrape(executor!);
    return scraped.value('millrace_db_errors_total', { verb: 'claim_due' })! > 0;
  });
  expect((await scrape(mcp!)).value('millrace_db_errors_total', { verb: 'submit' })).toBe(0);
  // If keys are required, no request gets past its key.
  const headers = { authorization: `Bearer mrt_${'k'.repeat(43)}` };
  for (const [origin, path] of [
    [gateway!, '/tasks'],
    [mcp!, '/mcp'],
  ] as const) {
    expect((await fetch(origin + path, { headers })).status).toBe(503);
    const scraped = await scrape(origin);
    expect(scraped.value('millrace_db_errors_total', { verb: 'find_api_keys' })).toBeGreaterThan(0);
  }
  stack.killNow();
}, 90_000);
