import { expect, test } from 'bun:test';
import { choosePaint } from '../log/paint.ts';
import { summarize } from './summary.ts';

const stack = {
  gatewayUrl: 'http://127.0.0.1:3000',
  gatewayAuth: 'off',
  mcpUrl: 'http://127.0.0.1:3333/mcp',
  mcpAuth: 'off',
  executorHealthUrls: ['http://127.0.0.1:3101/health/ready'],
  kafkaBrokers: '127.0.0.1:9092',
};
const facts = {
  dataDir: '.millrace',
  keysCommand: 'bun run keys create --name me',
  models: ['builtin'],
  database: 'postgres://127.0.0.1/millrace',
  startedInMs: 1_000,
};
const row = (name: string, changes: Partial<typeof stack>) =>
  summarize({ ...stack, ...changes }, facts, choosePaint(false, {})).find((line) =>
    line.startsWith(`  ${name} `),
  );

test.each([
  [[3101], '1 process, health and metrics at 127.0.0.1:3101'],
  [[3102, 3104], '2 processes, health and metrics at 127.0.0.1:3102 and :3104'],
  [[3102, 3103, 3105], '3 processes, health and metrics at 127.0.0.1:3102, :3103 and :3105'],
])('executors with health ports %j', (ports, shown) => {
  const executorHealthUrls = ports.map((port) => `http://127.0.0.1:${port}/health/ready`);
  expect(row('Executors', { executorHealthUrls })).toBe(`  Executors  ${shown}`);
});

test('if a key is needed, the full command that creates one is shown', () => {
  expect(row('API', {})).toEndWith(' (no API key needed on this machine)');
  expect(row('API', { gatewayAuth: 'keys' })).toEndWith(
    ' (`bun run keys create --name me` creates an API key)',
  );
});
