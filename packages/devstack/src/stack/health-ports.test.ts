import { expect, test } from 'bun:test';
import { freePort } from '../ports/free-port.ts';
import { HealthPorts } from './health-ports.ts';

test('executors that start together get different ports, the first free ones', async () => {
  const lowest = await freePort();
  using _other = Bun.listen({ hostname: '127.0.0.1', port: lowest, socket: { data() {} } });
  const ports = new HealthPorts('127.0.0.1', lowest);
  const chosen = await Promise.all([0, 1, 2].map((index) => ports.choose(index)));
  expect(new Set(chosen.map(({ port }) => port)).size).toBe(3);
  expect(Math.min(...chosen.map(({ port }) => port))).toBeGreaterThan(lowest);
  expect(ports.urls).toEqual(chosen.map(({ port }) => `http://127.0.0.1:${port}/health/ready`));
  // None of them listens yet.
  expect(new Set([...chosen, await ports.choose(3)].map(({ port }) => port)).size).toBe(4);
  expect(await ports.choose(0)).toEqual(chosen[0]!);
  const anywhere = new HealthPorts('127.0.0.1', undefined);
  expect(await anywhere.choose(0)).toEqual(await anywhere.choose(0));
});
