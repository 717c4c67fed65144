import { describe, expect, test } from 'bun:test';
import { eventually } from '../../waiting.ts';
import { inEachClient, type Lab } from '../lab.ts';
import { openConnection } from '../wire/connections.ts';
import { WireMember } from '../wire/group-member.ts';

// Long enough that a live member on a busy machine does not look dead.
const SESSION_TIMEOUT_MS_MIN = 3_000;

export function sessionTimeout(lab: Lab): void {
  const sessionTimeoutMs = Math.max(lab.target.sessionTimeoutMsMin, SESSION_TIMEOUT_MS_MIN);

  inEachClient('a member whose process is killed', (name) => {
    test.concurrent('keeps its partitions for its session, then the survivor gets them', async () => {
      const [topic, groupId] = [await lab.topic(4), lab.name('group')];
      const client = lab.client(name);
      const survivor = await client.joinGroup({ topic, groupId, sessionTimeoutMs });
      const victim = await client.joinGroupInProcess({ topic, groupId, sessionTimeoutMs });
      await eventually(
        'both have two partitions',
        () => survivor.partitions.length === 2 && victim.partitions.length === 2,
      );
      await victim.kill();
      const killedAt = performance.now();
      await eventually('the survivor has all partitions', () => survivor.partitions.length === 4, {
        timeoutMs: sessionTimeoutMs + 10_000,
      });
      // Its last heartbeat may be a fifth of the session old; brokers that drop members on disconnect are faster.
      expect(performance.now() - killedAt).toBeGreaterThan(0.5 * sessionTimeoutMs);
      await client.produce(
        topic,
        [0, 1, 2, 3].map((partition) => ({ partition, value: 'after' })),
      );
      await eventually('the survivor reads all partitions', () => survivor.received.length >= 4);
      await survivor.leave();
    }, 40_000);
  });

  describe('a session', () => {
    test.concurrent('is kept alive by heartbeats and expires without them', async () => {
      const groupId = lab.name('group');
      const connection = await openConnection(lab.bootstrap);
      const member = new WireMember(connection, { groupId, sessionTimeoutMs });
      await member.joinAsNew();
      await member.sync({ [member.memberId]: 'everything' });
      const startedAt = performance.now();
      await eventually(
        'one session and a half has passed in heartbeats',
        async () => {
          expect(await member.heartbeat()).toEqual([]);
          return performance.now() - startedAt > 1.5 * sessionTimeoutMs;
        },
        { timeoutMs: 3 * sessionTimeoutMs, intervalMs: sessionTimeoutMs / 10 },
      );
      const admin = await lab.admin('kafkajs');
      await eventually('the silent member is gone', async () => {
        return (await admin.describeGroup(groupId)).members === 0;
      });
      expect(await member.heartbeat()).toEqual(['UNKNOWN_MEMBER_ID']);
      await connection.close();
    }, 40_000);
  });
}
