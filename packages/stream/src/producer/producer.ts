import type { FailedTask, Lane, TaskEvent, TaskStatusChange, UnreadableMessage } from '@millrace/contracts';
import { type Message, Partitioners, type Producer } from 'kafkajs';
import { OutageLog } from '../connection/broker-trouble.ts';
import { ensureTopicsIfAllowed } from '../connection/ensure-topics.ts';
import { type ClientOptions, createKafkaClient, type KafkaClient } from '../connection/kafka-client.ts';
import { retryDelayMs, sleepUnlessAborted } from '../connection/retry-delay.ts';
import { isRefusal } from '../connection/stream-error.ts';
import { encodeMessage } from '../message-codec.ts';
import { TASK_EVENTS, TASKS_DEAD } from '../topics.ts';
import { type Outgoing, toTopicMessages } from './outgoing.ts';
import { SendBuffer } from './send-buffer.ts';
import { SendSchedule } from './send-schedule.ts';

export interface TaskProducerOptions extends ClientOptions {
  /** How many messages may wait for the broker; beyond it the oldest is dropped. */
  bufferSize?: number;
  /** The broker has taken so many messages of a topic. */
  onProduced?(topic: string, messages: number): void;
}

export interface Announcement {
  task_id: string;
  lane: Lane;
  /** W3C Trace Context of the request that made the task ready. */
  traceparent?: string | undefined;
}

export interface ProducerHealth {
  /** A connection is open, and no send has been waiting long for its answer. */
  connected: boolean;
  /** Messages that wait to be sent. */
  buffered: number;
  /** Messages given up on since the start: the buffer was full, or the broker refused them. */
  dropped: number;
}

/** None of the sending methods throws, blocks or tells the outcome: Postgres' rescue path covers what is lost. */
export interface TaskProducer {
  /** Returns at once; with the broker out of reach it keeps trying, and messages wait in the buffer. */
  start(): void;
  announce(announcement: Announcement): void;
  /** In its order among the task's other events. */
  publishEvent(event: TaskEvent): void;
  /** For tasks of which nothing but statuses is told: shares messages with other tasks. */
  publishStatus(change: TaskStatusChange): void;
  publishDead(message: UnreadableMessage | FailedTask): void;
  /** Sends what is buffered, for at most `timeoutMs`, then disconnects. */
  stop(timeoutMs?: number): Promise<void>;
  health(): ProducerHealth;
}

const BUFFER_SIZE = 10_000;
const BATCH_COUNT_MAX = 1_000;
// Brokers refuse batches over 1 MiB.
const BATCH_BYTES_MAX = 900_000;
// Generous guesses at key, headers and framing, and at what a task takes in a message that it shares.
const RECORD_OVERHEAD_BYTES = 200;
const SHARED_BYTES = 120;
const STOP_TIMEOUT_MS = 5_000;
const ANSWER_OVERDUE_MS = 5_000;

export function createTaskProducer({
  bufferSize = BUFFER_SIZE,
  ...options
}: TaskProducerOptions): TaskProducer {
  const { logger } = options;
  const buffer = new SendBuffer(bufferSize);
  const schedule = new SendSchedule();
  const stopping = new AbortController();
  let connection: { client: KafkaClient; producer: Producer } | undefined;
  let inFlight = 0;
  let sendingSince: number | undefined;
  let refused = 0;
  let running: Promise<void> | undefined;

  function enqueue(item: Outgoing): void {
    if (stopping.signal.aborted) return;
    buffer.push(item);
    // Most tasks that begin to run end before anybody could have looked.
    if (item.kind === 'status' && item.change.status === 'RUNNING') schedule.requestSoon();
    else schedule.request();
  }

  function enqueueMessage(topic: string, message: Message & { value: string }): void {
    const sizeBytes = Buffer.byteLength(message.value) + RECORD_OVERHEAD_BYTES;
    enqueue({ kind: 'message', topic, message, sizeBytes });
  }

  /** One loop for as long as the producer lives: whatever gathers during one send makes the next. */
  async function run(): Promise<void> {
    const outage = new OutageLog(logger, 'stream producer');
    let failures = 0;
    const isStopping = () => stopping.signal.aborted;
    while (!(isStopping() && buffer.size === 0)) {
      try {
        // Lost while nothing was sent. What a send was lost in, kafkajs has replaced by the time that the send is over.
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
        await sleepUnlessAborted(retryDelayMs(failures), stopping.signal);
        continue;
      }
      // Who stops asks for nothing more, and would wait in vain for being asked.
      if (!isStopping()) await schedule.untilNext(() => buffer.size >= BATCH_COUNT_MAX || isStopping());
    }
  }

  async function connect(): Promise<{ client: KafkaClient; producer: Producer }> {
    await ensureTopicsIfAllowed(options);
    // A lost connection wakes the loop, which then makes another: an idle gateway knows whether its broker lives.
    const client = createKafkaClient(options, () => schedule.wake());
    const producer = client.kafka.producer({
      allowAutoTopicCreation: false,
      // Unkeyed messages go round the partitions one by one, so that a burst of single tasks reaches every executor. To fill one
      // partition per batch would be faster for middling batches only: full ones pass at the same 60,000 messages a second.
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
      const fields = { error: (error as Error).message, messages: batch.length };
      logger.error(fields, 'the broker refused messages; they are dropped');
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
          'logging in to Kafka without TLS: whoever is on the way can read and change everything',
        );
      }
      // A connection that came about when the stop was over already is not left behind.
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
        (connection?.client.connections() ?? 0) > 0 &&
        (sendingSince === undefined || performance.now() - sendingSince < ANSWER_OVERDUE_MS),
      buffered: buffer.size + inFlight,
      dropped: buffer.dropped + refused,
    }),
  };
}
