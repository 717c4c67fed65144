import { describe, expect, test } from 'bun:test';
import { apiVersionsV0 } from '@platformatic/kafka';
import type { Lab } from '../lab.ts';
import { connectionsTo } from '../wire/connections.ts';

/** Redpanda's newest versions, by api key: a client that works here must not need a newer one there. */
const NEWEST: Record<string, number> = { Produce: 7, Fetch: 11, Metadata: 8, JoinGroup: 6 };
const OLDEST: Record<string, number> = { Fetch: 4 };

export function redpandaRanges(lab: Lab): void {
  describe('the embedded broker advertises no more than Redpanda supports', () => {
    const connect = connectionsTo(lab);

    for (const [name, newest] of Object.entries(NEWEST)) {
      test(`${name} ends at ${newest} or earlier`, async () => {
        const { apiKeys } = await apiVersionsV0.api.async(await connect(), '', '');
        const api = apiKeys.find((entry) => entry.name === name);
        expect(api?.maxVersion).toBeWithin(0, newest + 1);
        expect(api?.minVersion).toBeGreaterThanOrEqual(OLDEST[name] ?? 0);
      });
    }
  });
}
