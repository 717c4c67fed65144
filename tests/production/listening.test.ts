import { afterAll, expect, test } from 'bun:test';
import { within } from '../waiting.ts';
import { spawnService } from './service-process.ts';

const NOWHERE = { DATABASE_URL: 'postgres://nobody:none@127.0.0.1:1/none', KAFKA_BROKERS: '127.0.0.1:1' };

/** Whoever allows that too would share its port. */
const taken = Bun.serve({ hostname: '127.0.0.1', port: 0, reusePort: true, fetch: () => new Response() });
afterAll(() => taken.stop());

test.each([
  ['gateway', 'GATEWAY', '127.0.0.1'],
  ['executor', 'HEALTH', '127.0.0.1'],
  ['mcp', 'MCP', '127.0.0.1'],
  // Kept for documentation: no machine has it.
  ['gateway', 'GATEWAY', '192.0.2.1'],
] as const)(
  '%s names the variables of an address that it cannot listen on: %s_HOST=%s',
  async (service, name, host) => {
    const address = { [`${name}_HOST`]: host, [`${name}_PORT`]: String(taken.port) };
    await using child = await spawnService(service, { ...NOWHERE, ...address });
    expect(await within('it exits', 30_000, child.exited)).toBe(1);
    expect(child.log()).toContain(`cannot listen on ${name}_HOST=${host} ${name}_PORT=${taken.port}: `);
  },
  60_000,
);
