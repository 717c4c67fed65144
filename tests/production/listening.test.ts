import { expect, test } from 'bun:test';
import { within } from '../waiting.ts';
import { spawnService } from './service-process.ts';

const NOWHERE = { DATABASE_URL: 'postgres://nobody:none@127.0.0.1:1/none', KAFKA_BROKERS: '127.0.0.1:1' };

test.each([
  ['gateway', 'GATEWAY'],
  ['executor', 'HEALTH'],
  ['mcp', 'MCP'],
] as const)(
  '%s names the variables of an address that it cannot listen on',
  async (service, name) => {
    using taken = Bun.listen({ hostname: '127.0.0.1', port: 0, socket: { data() {} } });
    // Kept for documentation: no machine has it.
    for (const [host, port] of [
      ['192.0.2.1', 30_000],
      ['127.0.0.1', taken.port],
    ] as const) {
      const address = { [`${name}_HOST`]: host, [`${name}_PORT`]: String(port) };
      await using child = await spawnService(service, { ...NOWHERE, ...address });
      expect(await within('it exits', 30_000, child.exited)).toBe(1);
      expect(child.log()).toContain(`cannot listen on ${name}_HOST=${host} ${name}_PORT=${port}: `);
    }
  },
  60_000,
);
