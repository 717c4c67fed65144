/** What a case needs of a Kafka client; implemented for kafkajs, @platformatic/kafka and kcat. */

export type Codec = 'gzip' | 'snappy' | 'lz4' | 'zstd';

export interface OutgoingRecord {
  partition?: number;
  key?: string | null;
  value: string | Buffer | null;
  headers?: Record<string, string>;
}

export interface ReceivedRecord {
  partition: number;
  offset: number;
  key: Buffer | null;
  value: Buffer | null;
  headers: Record<string, string>;
  timestampMs: number;
}

export interface ProduceOptions {
  codec?: Codec;
  idempotent?: boolean;
}

export interface GroupOptions {
  groupId: string;
  topic: string;
  sessionTimeoutMs: number;
  /** How long the broker may hold an empty fetch; default 100 ms. */
  maxWaitMs?: number;
}

export interface GroupMember {
  /** Grows as records arrive; starts at the group's committed offset, or at the beginning. */
  readonly received: ReceivedRecord[];
  /** The partitions of the topic currently assigned to it, ascending. */
  readonly partitions: number[];
  /** Commits everything it has received, then leaves the group. */
  leave(): Promise<void>;
}

/** A group member in a process of its own, to be killed without leaving. */
export interface MemberProcess {
  readonly partitions: number[];
  kill(): Promise<void>;
}

export interface KafkaClient {
  readonly name: 'kafkajs' | 'platformatic' | 'kcat';
  /** Resolves when all replicas (acks = all) have the records; rejects with an error that names the broker's refusal. */
  produce(topic: string, records: OutgoingRecord[], options?: ProduceOptions): Promise<void>;
  /** The first `count` records of the topic, in any order across partitions. */
  read(topic: string, count: number): Promise<ReceivedRecord[]>;
  /** Resolves when the group has given it an assignment, which may be empty. */
  joinGroup(options: GroupOptions): Promise<GroupMember>;
  joinGroupInProcess(options: GroupOptions): Promise<MemberProcess>;
  /** Closes everything opened through this client. */
  close(): Promise<void>;
}

/** Short, because kafkajs finishes its last fetch before it leaves a group. */
export const DEFAULT_MAX_WAIT_MS = 100;

/** Often, because a member learns of a rebalance from the answer to its heartbeat. */
export function heartbeatIntervalMs({ sessionTimeoutMs }: GroupOptions): number {
  return Math.min(300, Math.floor(sessionTimeoutMs / 5));
}

/** The offset after the last record received, by partition: what a member commits. */
export function nextOffsets(received: readonly ReceivedRecord[]): Map<number, number> {
  const next = new Map<number, number>();
  for (const { partition, offset } of received) {
    next.set(partition, Math.max(offset + 1, next.get(partition) ?? 0));
  }
  return next;
}
