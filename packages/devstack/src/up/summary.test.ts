import { expect, test } from 'bun:test';
import { choosePaint } from '../log/paint.ts';
import { summarize } from './summary.ts';

test.each([
  [[3101], '1 process, health and metrics at 127.0.0.1:3101'],
  [[3102, 3104], '2 processes, health and metrics at 127.0.0.1:3102 and :3104'],
  [[3102, 3103, 3105], '3 processes, health and metrics at 127.0.0.1:3102, :3103 and :3105'],
])('executors with health ports %j', (ports, shown) => {
  const facts = {
    gatewayUrl: 'http://127.0.0.1:3000',
    gatewayAuth: 'off',
    mcpUrl: 'http://127.0.0.1:3333/mcp',
    mcpAuth: 'off',
    dataDir: '.millrace',
    executorHealthUrls: ports.map((port) => `http://127.0.0.1:${port}/health/ready`),
    models: ['builtin'],
    database: 'postgres://127.0.0.1/millrace',
    brokers: '127.0.0.1:9092',
    startedInMs: 1_000,
  };
  const lines = summarize(facts, choosePaint(false, {}));
  expect(lines.find((line) => line.includes('Executors'))).toBe(`  Executors  ${shown}`);
});
