import { expect, test } from 'bun:test';
import { freePort } from '../ports/free-port.ts';
import { HealthPorts } from './health-ports.ts';

test('executors that start together get the first free ports, each its own', async () => {
  const lowest = await freePort();
  using _other = Bun.listen({ hostname: '127.0.0.1', port: lowest, socket: { data() {} } });
  const ports = new HealthPorts({ lowest, host: '127.0.0.1', onMoved: () => {} });
  const chosen = await Promise.all([0, 1, 2].map((index) => ports.choose(index)));
  expect(new Set(chosen.map(({ port }) => port)).size).toBe(3);
  expect(Math.min(...chosen.map(({ port }) => port))).toBeGreaterThan(lowest);
  expect(ports.urls).toEqual(chosen.map(({ port }) => `http://127.0.0.1:${port}/health/ready`));
});
