import type { Paint } from '../log/paint.ts';
import type { Stack } from '../stack/stack.ts';

type Shown = Pick<
  Stack,
  'gatewayUrl' | 'gatewayAuth' | 'mcpUrl' | 'mcpAuth' | 'executorHealthUrls' | 'kafkaBrokers'
>;

export type SummaryFacts = {
  dataDir: string;
  /** The command that creates an API key in the database of this stack. */
  keysCommand: string;
  /** The default first. */
  models: readonly string[];
  /** Where the database is. The password is not shown. */
  database: string;
  startedInMs: number;
};

/** What `bun run up` prints once everything is ready. */
export function summarize(stack: Shown, facts: SummaryFacts, paint: Paint): string[] {
  const { gatewayUrl } = stack;
  const keys = (auth: string) =>
    auth === 'off' ? 'no API key needed on this machine' : `\`${facts.keysCommand}\` creates an API key`;
  const header = stack.gatewayAuth === 'off' ? '' : "-H 'authorization: Bearer <key>' ";
  const rows: [string, string][] = [
    ['API', `${gatewayUrl} (${keys(stack.gatewayAuth)})`],
    ['API pages', `${gatewayUrl}/swagger`],
    ['Health', `${gatewayUrl}/health/ready`],
    ['MCP', `${stack.mcpUrl} (${keys(stack.mcpAuth)})`],
    ['Postgres', facts.database],
    ['Kafka', stack.kafkaBrokers],
    ['Executors', executorsShown(stack.executorHealthUrls)],
    ['Models', `${facts.models.join(', ')}${facts.models.length > 1 ? ' (the first is the default)' : ''}`],
    ['Data', facts.dataDir],
  ];
  return [
    '',
    paint.bold(`Millrace is ready (${(facts.startedInMs / 1000).toFixed(1)} s).`),
    '',
    ...rows.map(([name, value]) => `  ${paint.dim(name.padEnd(10))} ${value}`),
    '',
    '  Try it:',
    '',
    `    curl -d '{"prompt":"计算 1+1","priority":5}' -H 'content-type: application/json' ${header}${gatewayUrl}/tasks`,
    `    curl ${header}${gatewayUrl}/tasks/<id>`,
    '',
    '  Ctrl-C stops everything and keeps the data.',
    '',
  ];
}

function executorsShown(healthUrls: readonly string[]): string {
  const urls = healthUrls.map((url) => new URL(url));
  const addresses = new Intl.ListFormat('en-GB').format(urls.map(({ port }) => `:${port}`));
  const processes = urls.length === 1 ? '1 process' : `${urls.length} processes`;
  return `${processes}, health and metrics at ${urls[0]?.hostname}${addresses}`;
}
