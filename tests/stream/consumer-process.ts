// An executor's consumer as a process of its own: acknowledges what it receives, and prints a line for each task and each change of its
// assignment. Arguments: broker, group. SIGTERM stops it the way an executor stops.
import { createTaskConsumer } from '@millrace/stream';

const [broker = '', groupId = ''] = process.argv.slice(2);
const quiet = { debug() {}, info() {}, warn() {}, error: console.error };

const consumer = createTaskConsumer({
  brokers: [broker],
  clientId: `executor-${process.pid}`,
  groupId,
  logger: { ...quiet, info: (fields) => write(fields) },
  producer: { publishDead() {} },
  onDoorbells(doorbells) {
    for (const { taskId, acknowledge } of doorbells) {
      write({ taskId });
      acknowledge();
    }
  },
});

function write(line: object): void {
  process.stdout.write(`${JSON.stringify(line)}\n`);
}

process.once('SIGTERM', () => {
  consumer.stop().then(
    () => process.exit(0),
    () => process.exit(1),
  );
});
consumer.start();
