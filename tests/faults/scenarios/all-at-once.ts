import type { Scenario } from '../scenario.ts';
import { moments } from '../schedule.ts';
import { brokerDataDeleted } from './broker-data-deleted.ts';
import { brokerKilled } from './broker-killed.ts';
import { connectionsExhausted } from './connections-exhausted.ts';
import { connectionsTerminated } from './connections-terminated.ts';
import { executorFrozen } from './executor-frozen.ts';
import { executorsKilled } from './executors-killed.ts';
import { gatewayKilled } from './gateway-killed.ts';
import { messagesForged } from './messages-forged.ts';
import { postgresRestarted } from './postgres-restarted.ts';
import { streamProblems } from './stream-problems.ts';

const parts: readonly Scenario[] = [
  executorsKilled,
  executorFrozen,
  gatewayKilled,
  brokerKilled,
  brokerDataDeleted,
  messagesForged,
  postgresRestarted,
  connectionsTerminated,
  connectionsExhausted,
];

export const allAtOnce: Scenario = {
  name: 'all-at-once',
  title: 'faults of every kind, each during recovery from others',
  schedule: (random, durationMs) =>
    moments(random, durationMs, 300, 1_500).map((atMs) => {
      const part = random.pick(parts);
      const step = random.pick(part.schedule(random, durationMs));
      return { ...step, atMs, fault: `${part.name}/${step.fault}` };
    }),
  perform(step, run) {
    const [name, fault] = step.fault.split('/') as [string, string];
    return parts.find((part) => part.name === name)!.perform({ ...step, fault }, run);
  },
  verify: streamProblems,
};
