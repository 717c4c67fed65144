import { afterEach, setSystemTime, test } from 'bun:test';
import { LANE_PARTITIONS_TOTAL } from '@millrace/stream';
import { startEmbeddedBroker } from '../conformance/brokers/embedded-broker.ts';
import { eventually } from '../waiting.ts';
import { ExecutorProcess } from './executor-process.ts';
import { StreamLab } from './lab.ts';

const lab = new StreamLab({ name: 'embedded broker', start: startEmbeddedBroker });

afterEach(async () => {
  setSystemTime();
  await lab.clear();
  await lab.stop();
});

test('with its clock set back by an hour, a consumer stays a member of its group, and notices when another has died', async () => {
  await lab.start();
  const groupId = lab.newGroup();
  const { consumer } = lab.consumer({ producer: lab.producer(), groupId });
  await using other = new ExecutorProcess(lab.broker.brokers[0]!, groupId);
  const has = (partitions: number) => () => consumer.health().assignedPartitions === partitions;
  await eventually('they share the partitions', has(LANE_PARTITIONS_TOTAL / 2), { timeoutMs: 30_000 });

  setSystemTime(Date.now() - 3_600_000);
  await other.kill('SIGKILL');
  await eventually("it has the other's partitions", has(LANE_PARTITIONS_TOTAL), { timeoutMs: 30_000 });
}, 90_000);
