/** What the administration cases need; kafkajs and @platformatic/kafka provide it (kcat only lists). */
export interface AdminClient {
  readonly name: 'kafkajs' | 'platformatic';
  topics(): Promise<string[]>;
  /** Rejects with TOPIC_ALREADY_EXISTS if it exists. */
  createTopic(topic: string, options: { partitions: number; replicas?: number }): Promise<void>;
  deleteTopic(topic: string): Promise<void>;
  /** Raises the number of partitions to `total`. */
  createPartitions(topic: string, total: number): Promise<void>;
  partitionCount(topic: string): Promise<number>;
  /** Of one partition: the first offset kept, and the next to be written. */
  offsets(topic: string, partition: number): Promise<{ earliest: number; latest: number }>;
  /** Of one partition: the first offset with a timestamp at or after `timestampMs`. */
  offsetAt(topic: string, partition: number, timestampMs: number): Promise<number>;
  deleteRecordsBefore(topic: string, partition: number, offset: number): Promise<void>;
  groups(): Promise<string[]>;
  describeGroup(groupId: string): Promise<{ state: string; members: number }>;
  deleteGroup(groupId: string): Promise<void>;
  /** The committed offset, or -1 if there is none. */
  committed(groupId: string, topic: string, partition: number): Promise<number>;
  close(): Promise<void>;
}

/**
 * The names of the Kafka errors in what a client threw, however deep: kafkajs calls them `type` and hides some under `groups`
 * or `partitions`, platformatic calls them `apiId`.
 */
export function kafkaErrors(thrown: unknown): string[] {
  if (typeof thrown !== 'object' || thrown === null) {
    return [];
  }
  const { type, apiId, errors, groups, partitions, error, cause } = thrown as Record<string, unknown>;
  const own = [type, apiId].filter((name) => typeof name === 'string');
  const nested = [errors, groups, partitions].flatMap((list) => (Array.isArray(list) ? list : []));
  return [...new Set([...own, ...[...nested, error, cause].flatMap(kafkaErrors)])];
}

/** The Kafka errors with which the call is refused; empty if the client threw something else; fails if it succeeds. */
export async function refusal(call: Promise<unknown>): Promise<string[]> {
  try {
    await call;
  } catch (error) {
    return kafkaErrors(error);
  }
  throw new Error('the broker was expected to refuse, but accepted');
}
