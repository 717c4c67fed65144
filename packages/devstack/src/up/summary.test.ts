import { expect, test } from 'bun:test';
import { choosePaint } from '../log/paint.ts';
import { summarize } from './summary.ts';

const facts = {
  gatewayUrl: 'http://127.0.0.1:3000',
  gatewayAuth: 'off',
  mcpUrl: 'http://127.0.0.1:3333/mcp',
  mcpAuth: 'off',
  dataDir: '.millrace',
  keysCommand: 'bun run keys create --name me',
  executorHealthUrls: ['http://127.0.0.1:3101/health/ready'],
  models: ['builtin'],
  database: 'postgres://127.0.0.1/millrace',
  brokers: '127.0.0.1:9092',
  startedInMs: 1_000,
};
const row = (name: string, changes: Partial<typeof facts>) =>
  summarize({ ...facts, ...changes }, choosePaint(false, {})).find((line) => line.startsWith(`  ${name} `));

test.each([
  [[3101], '1 process, health and metrics at 127.0.0.1:3101'],
  [[3102, 3104], '2 processes, health and metrics at 127.0.0.1:3102 and :3104'],
  [[3102, 3103, 3105], '3 processes, health and metrics at 127.0.0.1:3102, :3103 and :3105'],
])('executors with health ports %j', (ports, shown) => {
  const executorHealthUrls = ports.map((port) => `http://127.0.0.1:${port}/health/ready`);
  expect(row('Executors', { executorHealthUrls })).toBe(`  Executors  ${shown}`);
});

test('where a key is needed, the command that creates one is shown in full', () => {
  expect(row('API', {})).toEndWith(' (no API key needed on this machine)');
  expect(row('API', { gatewayAuth: 'keys' })).toEndWith(
    ' (`bun run keys create --name me` makes an API key)',
  );
});
