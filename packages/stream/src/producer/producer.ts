import type { FailedTask, Lane, TaskEvent, TaskStatusChange, UnreadableMessage } from '@millrace/contracts';
import { type Message, Partitioners, type Producer } from 'kafkajs';
import { BrokerOutageLog } from '../connection/broker-trouble.ts';
import { ensureTopicsIfAllowed } from '../connection/ensure-topics.ts';
import { type ClientOptions, createKafkaClient, type KafkaClient } from '../connection/kafka-client.ts';
import { retryDelay } from '../connection/retry-delay.ts';
import { isDenial, isRefusal } from '../connection/stream-error.ts';
import { encodeMessage } from '../message-codec.ts';
import { TASK_EVENTS, TASKS_DEAD } from '../topics.ts';
import { type Outgoing, toTopicMessages } from './outgoing.ts';
import { SendBuffer } from './send-buffer.ts';
import { SendSchedule } from './send-schedule.ts';

export interface TaskProducerOptions extends ClientOptions {
  /** Called when the broker has accepted messages. */
  onProduced?(topic: string, messages: number): void;
}

export interface Announcement {
  task_id: string;
  lane: Lane;
  /** W3C Trace Context of the request that made the task ready. */
  traceparent?: string | undefined;
}

interface ProducerHealth {
  /** Whether a connection is open, no send is overdue, and none was lately denied for lack of a permission. */
  connected: boolean;
  /** Messages waiting to be sent. */
  buffered: number;
  /** Messages given up on since the start: the buffer was full, or the broker refused them. */
  dropped: number;
}

/** The sending methods neither throw, block nor report an outcome: the rescue path covers lost messages. */
export interface TaskProducer {
  /** Returns at once; while the broker is unreachable it keeps trying, and messages wait in the buffer. */
  start(): void;
  announce(announcement: Announcement): void;
  /** Kept in order with the task's other events. */
  publishEvent(event: TaskEvent): void;
  /** For tasks that publish nothing but statuses: shares messages with other tasks. */
  publishStatus(change: TaskStatusChange): void;
  publishDead(message: UnreadableMessage | FailedTask): void;
  /** Sends what is buffered, for at most `timeoutMs`, then disconnects. */
  stop(timeoutMs?: number): Promise<void>;
  health(): ProducerHealth;
}

/** How many messages may wait for the broker; beyond that the oldest are dropped. */
const BUFFER_SIZE = 10_000;
const BATCH_COUNT_MAX = 1_000;
// Brokers refuse batches over 1 MiB.
const BATCH_BYTES_MAX = 900_000;
// Generous estimates of key, headers and framing, and of a task's part in a shared message.
const RECORD_OVERHEAD_BYTES = 200;
const SHARED_BYTES = 120;
const STOP_TIMEOUT_MS = 5_000;
const ANSWER_OVERDUE_MS = 5_000;
/** How long a denial counts: other topics may be permitted meanwhile, and no message need come after the permission. */
const DENIED_MS = 60_000;

export function createTaskProducer(options: TaskProducerOptions): TaskProducer {
  const { logger } = options;
  const buffer = new SendBuffer(BUFFER_SIZE);
  const schedule = new SendSchedule();
  const outage = new BrokerOutageLog(logger, 'stream producer');
  const stopping = new AbortController();
  let connection: { client: KafkaClient; producer: Producer } | undefined;
  let inFlight = 0;
  let sendingSince: number | undefined;
  let refused = 0;
  let deniedAt = Number.NEGATIVE_INFINITY;
  let running: Promise<void> | undefined;

  function enqueue(item: Outgoing): void {
    if (stopping.signal.aborted) return;
    buffer.push(item);
    // No hurry: most tasks end before anyone could see that they were running.
    if (item.kind === 'status' && item.change.status === 'RUNNING') schedule.requestSoon();
    else schedule.request();
  }

  function enqueueMessage(topic: string, message: Message & { value: string }): void {
    const sizeBytes = Buffer.byteLength(message.value) + RECORD_OVERHEAD_BYTES;
    enqueue({ kind: 'message', topic, message, sizeBytes });
  }

  /** A single loop for the producer's lifetime: what gathers during one send goes with the next. */
  async function run(): Promise<void> {
    let failures = 0;
    const isStopping = () => stopping.signal.aborted;
    while (!(isStopping() && buffer.size === 0)) {
      try {
        // Lost while idle. A connection lost during a send has been replaced by kafkajs when the send is over.
        if (connection?.client.connections() === 0) await disconnect();
        connection ??= await connect();
        if ((schedule.isDue || isStopping()) && buffer.size > 0) await flush(connection.producer);
        if (failures > 0) logger.info({ buffered: buffer.size }, 'the stream producer is connected again');
        failures = 0;
        outage.found();
      } catch (error) {
        failures++;
        if (!isStopping()) outage.lost(error as Error, { buffered: buffer.size });
        await disconnect();
        if (isStopping()) break;
        await retryDelay(failures, stopping.signal);
        continue;
      }
      // When stopping, no more requests come that could end the wait.
      if (!isStopping()) await schedule.untilNext(() => buffer.size >= BATCH_COUNT_MAX || isStopping());
    }
  }

  async function connect(): Promise<{ client: KafkaClient; producer: Producer }> {
    await ensureTopicsIfAllowed(options);
    // A lost connection wakes the loop to reconnect, so that even an idle gateway knows whether its broker is
    // up.
    const client = createKafkaClient(options, () => schedule.wake());
    const producer = client.kafka.producer({
      allowAutoTopicCreation: false,
      // Round-robin for unkeyed messages, so that a burst of single tasks reaches every executor. Filling one
      // partition per batch would be faster only for medium batches: full ones reach the same 60,000 messages
      // a second.
      createPartitioner: Partitioners.DefaultPartitioner,
    });
    try {
      await producer.connect();
    } catch (error) {
      await client.close(() => producer.disconnect());
      throw error;
    }
    return { client, producer };
  }

  async function flush(producer: Producer): Promise<void> {
    const batch = buffer.take(BATCH_COUNT_MAX, BATCH_BYTES_MAX);
    inFlight = batch.length;
    sendingSince = performance.now();
    schedule.begin(batch.length);
    const left = buffer.size;
    if (left > 0) schedule.request();
    const topicMessages = toTopicMessages(batch);
    try {
      await producer.sendBatch({ topicMessages });
      schedule.end(buffer.size - left);
      for (const { topic, messages } of topicMessages) options.onProduced?.(topic, messages.length);
    } catch (error) {
      if (!isRefusal(error)) {
        buffer.putBack(batch);
        schedule.request();
        throw error;
      }
      refused += batch.length;
      if (isDenial(error)) deniedAt = performance.now();
      outage.refused(error as Error, batch.length);
    } finally {
      inFlight = 0;
      sendingSince = undefined;
    }
  }

  async function disconnect(): Promise<void> {
    const closing = connection;
    connection = undefined;
    await closing?.client.close(() => closing.producer.disconnect());
  }

  return {
    start() {
      if (options.sasl && !options.tls) {
        logger.warn(
          {},
          'logging in to Kafka without TLS: anyone on the network path can read and alter the traffic',
        );
      }
      // Closes a connection that was established only after `stop` had finished.
      running ??= run().finally(disconnect);
    },
    announce({ task_id: taskId, lane, traceparent }) {
      const sizeBytes = traceparent === undefined ? SHARED_BYTES : SHARED_BYTES + RECORD_OVERHEAD_BYTES;
      enqueue({
        kind: 'doorbell',
        taskId,
        lane,
        ...(traceparent !== undefined && { traceparent }),
        sizeBytes,
      });
    },
    publishEvent(event) {
      enqueueMessage(TASK_EVENTS, { key: event.task_id, value: encodeMessage(event) });
    },
    publishStatus(change) {
      enqueue({ kind: 'status', change, sizeBytes: SHARED_BYTES });
    },
    publishDead(message) {
      enqueueMessage(TASKS_DEAD, { value: encodeMessage(message) });
    },
    async stop(timeoutMs = STOP_TIMEOUT_MS) {
      stopping.abort();
      schedule.stop();
      await Promise.race([running, Bun.sleep(timeoutMs)]);
      const unsent = buffer.size + inFlight;
      await disconnect();
      if (unsent > 0) logger.warn({ messages: unsent }, 'the stream producer stopped with messages unsent');
    },
    health: () => ({
      connected:
        performance.now() - deniedAt > DENIED_MS &&
        (connection?.client.connections() ?? 0) > 0 &&
        (sendingSince === undefined || performance.now() - sendingSince < ANSWER_OVERDUE_MS),
      buffered: buffer.size + inFlight,
      dropped: buffer.dropped + refused,
    }),
  };
}
