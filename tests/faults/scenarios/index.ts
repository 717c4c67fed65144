import type { Scenario } from '../scenario.ts';
import { allAtOnce } from './all-at-once.ts';
import { brokerDataDeleted } from './broker-data-deleted.ts';
import { brokerKilled } from './broker-killed.ts';
import { connectionsExhausted } from './connections-exhausted.ts';
import { connectionsTerminated } from './connections-terminated.ts';
import { executorFrozen } from './executor-frozen.ts';
import { executorKilled } from './executor-killed.ts';
import { executorsComeAndGo } from './executors-come-and-go.ts';
import { executorsKilled } from './executors-killed.ts';
import { gatewayKilled } from './gateway-killed.ts';
import { longTransaction } from './long-transaction.ts';
import { messagesForged } from './messages-forged.ts';
import { postgresRestarted } from './postgres-restarted.ts';

export const scenarios: readonly Scenario[] = [
  executorKilled,
  executorsKilled,
  executorFrozen,
  executorsComeAndGo,
  gatewayKilled,
  brokerKilled,
  brokerDataDeleted,
  messagesForged,
  postgresRestarted,
  connectionsTerminated,
  connectionsExhausted,
  longTransaction,
  allAtOnce,
];
