import { readFileSync } from 'node:fs';
import { Kafka, logLevel, Partitioners } from 'kafkajs';

const VALUE_BYTES = 10 * 1024;
const REQUEST_BYTES = 512 * 1024;
const PARTITIONS = 4;

export type LoadReport = { bytes: number; produceMs: number; consumeMs: number };

/** Produces this many bytes to a new topic, one sender per partition, and reads them all back. */
export async function produceAndConsume(
  brokers: string[],
  topic: string,
  bytes: number,
): Promise<LoadReport> {
  const kafka = new Kafka({ brokers, clientId: 'load', logLevel: logLevel.NOTHING });
  const admin = kafka.admin();
  const producer = kafka.producer({ createPartitioner: Partitioners.DefaultPartitioner });
  const consumer = kafka.consumer({ groupId: topic, maxWaitTimeInMs: 250 });
  await Promise.all([admin.connect(), producer.connect(), consumer.connect()]);
  await admin.createTopics({ topics: [{ topic, numPartitions: PARTITIONS }] });

  const value = Buffer.alloc(VALUE_BYTES, 'x');
  const started = performance.now();
  let sent = 0;
  const send = async (partition: number) => {
    const messages = Array.from({ length: REQUEST_BYTES / VALUE_BYTES }, () => ({ value, partition }));
    while (sent < bytes) {
      sent += messages.length * VALUE_BYTES;
      await producer.send({ topic, messages });
    }
  };
  await Promise.all(Array.from({ length: PARTITIONS }, (_, partition) => send(partition)));
  const produced = performance.now();

  let received = 0;
  const all = Promise.withResolvers<void>();
  await consumer.subscribe({ topics: [topic], fromBeginning: true });
  await consumer.run({
    autoCommit: false,
    eachBatch: async ({ batch }) => {
      for (const message of batch.messages) received += message.value?.length ?? 0;
      if (received >= sent) all.resolve();
    },
  });
  await all.promise;
  const consumed = performance.now();
  await Promise.all([admin.disconnect(), producer.disconnect(), consumer.disconnect()]);
  return { bytes: sent, produceMs: produced - started, consumeMs: consumed - produced };
}

export type Usage = { rssMb: number; rssPeakMb: number; cpuMs: number };

/** Memory and CPU time of a process, from /proc: Linux only. */
export function usageOf(pid: number): Usage {
  const status = readFileSync(`/proc/${pid}/status`, 'utf8');
  const megabytes = (field: string) => Number(new RegExp(`${field}:\\s+(\\d+) kB`).exec(status)?.[1]) / 1024;
  const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  const ticks = Number(fields[11]) + Number(fields[12]);
  return { rssMb: megabytes('VmRSS'), rssPeakMb: megabytes('VmHWM'), cpuMs: ticks * 10 };
}
