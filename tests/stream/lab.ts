import type { Logger, TaskEvent } from '@millrace/contracts';
import {
  createEventReader,
  createTaskConsumer,
  createTaskProducer,
  type Doorbell,
  type EventReader,
  type EventReaderOptions,
  type TaskConsumer,
  type TaskConsumerOptions,
  type TaskProducer,
  type TaskProducerOptions,
} from '@millrace/stream';
import type { BrokerProcess } from '../conformance/brokers/broker-process.ts';
import { eventually } from '../waiting.ts';

export interface Target {
  name: string;
  start(): Promise<BrokerProcess>;
}

/** One broker for all cases of a suite. Topic names are the product's: a case recognises its messages by their task ids. */
export class StreamLab {
  readonly target: Target;
  readonly #stops: (() => Promise<void>)[] = [];
  #process: BrokerProcess | undefined;

  constructor(target: Target) {
    this.target = target;
  }

  async start(): Promise<void> {
    this.#process = await this.target.start();
  }

  async stop(): Promise<void> {
    await this.#process?.stop();
  }

  get broker(): BrokerProcess {
    if (!this.#process) throw new Error(`${this.target.name} is not started`);
    return this.#process;
  }

  newGroup(): string {
    return `executors-${Bun.randomUUIDv7()}`;
  }

  producer(options: Partial<TaskProducerOptions> = {}): TaskProducer {
    const producer = createTaskProducer({
      brokers: this.broker.brokers,
      clientId: 'stream-suite',
      logger: recordingLogger().logger,
      ...options,
    });
    producer.start();
    this.#stops.push(() => producer.stop());
    return producer;
  }

  consumer(options: Partial<TaskConsumerOptions> & Pick<TaskConsumerOptions, 'producer'>): ReadingConsumer {
    const doorbells: Doorbell[] = [];
    const consumer = createTaskConsumer({
      brokers: this.broker.brokers,
      clientId: 'stream-suite',
      groupId: this.newGroup(),
      logger: recordingLogger().logger,
      onDoorbells: (arrived) => doorbells.push(...arrived),
      ...options,
    });
    consumer.start();
    this.#stops.push(() => consumer.stop());
    return { consumer, doorbells };
  }

  eventReader(options: Partial<EventReaderOptions> = {}): ReadingEvents {
    const events: TaskEvent[] = [];
    let gaps = 0;
    const reader = createEventReader({
      brokers: this.broker.brokers,
      clientId: 'stream-suite',
      logger: recordingLogger().logger,
      ...options,
      onEvents(arrived) {
        events.push(...arrived);
        options.onEvents?.(arrived);
      },
      onGap() {
        gaps++;
        options.onGap?.();
      },
    });
    reader.start();
    this.#stops.push(() => reader.stop());
    return { reader, events, gaps: () => gaps };
  }

  /** Stops what the case started; called after each. */
  async clear(): Promise<void> {
    await Promise.all(this.#stops.splice(0).map((stop) => stop()));
  }
}

export interface ReadingConsumer {
  consumer: TaskConsumer;
  /** What arrived, in order, duplicates included. */
  doorbells: Doorbell[];
}

export interface ReadingEvents {
  reader: EventReader;
  /** The events received, in order. */
  events: TaskEvent[];
  /** How often it reported a possible gap. */
  gaps(): number;
}

export function newIds(count: number): string[] {
  return Array.from({ length: count }, () => Bun.randomUUIDv7());
}

export async function joined({ consumer }: ReadingConsumer): Promise<void> {
  await eventually('the consumer has partitions', () => consumer.health().assignedPartitions > 0, {
    timeoutMs: 30_000,
  });
}

/** Messages arrive before the broker has acknowledged them to the producer. */
export async function allSent(producer: TaskProducer): Promise<void> {
  await eventually('all is sent', () => producer.health().connected && producer.health().buffered === 0);
}

/** The doorbells of these tasks, once each task has one. */
export async function arrivals(
  { doorbells }: Pick<ReadingConsumer, 'doorbells'>,
  ids: readonly string[],
  timeoutMs = 15_000,
): Promise<Doorbell[]> {
  const wanted = new Set(ids);
  return eventually(
    `${ids.length} tasks arrive`,
    () => {
      const own = doorbells.filter(({ taskId }) => wanted.has(taskId));
      return new Set(own.map(({ taskId }) => taskId)).size === wanted.size && own;
    },
    { timeoutMs },
  );
}

export interface LogLine {
  level: string;
  message: string;
}

export function recordingLogger(): { logger: Logger; lines: LogLine[] } {
  const lines: LogLine[] = [];
  const at = (level: string) => (_: object, message: string) => void lines.push({ level, message });
  return { logger: { debug: at('debug'), info: at('info'), warn: at('warn'), error: at('error') }, lines };
}
