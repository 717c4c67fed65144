import {
  type Connection,
  encodeConsumerProtocolSubscription,
  heartbeatV2,
  joinGroupV4,
  leaveGroupV2,
  offsetCommitV5,
  offsetFetchV4,
  syncGroupV2,
} from '@platformatic/kafka';
import { type Answer, answer } from './connections.ts';

const PROTOCOL_TYPE = 'consumer';
// Apache Kafka 4 parses the metadata of this protocol type: a group with other bytes in it hangs.
const SUBSCRIPTION = encodeConsumerProtocolSubscription({ version: 0, topics: ['topic'] });

type JoinGroupResponse = Awaited<ReturnType<typeof joinGroupV4.api.async>>;

export interface WireMemberOptions {
  groupId: string;
  sessionTimeoutMs?: number;
  rebalanceTimeoutMs?: number;
  protocol?: string;
}

/** One member of a group, request by request: without retries or automatic heartbeats. */
export class WireMember {
  memberId = '';
  generation = -1;
  /** The members of the generation; only the leader is told. */
  members: string[] = [];
  readonly #connection: Connection;
  readonly #options: WireMemberOptions;

  constructor(connection: Connection, options: WireMemberOptions) {
    this.#connection = connection;
    this.#options = options;
  }

  get isLeader(): boolean {
    return this.members.length > 0;
  }

  /** One JoinGroup. Resolves when the broker closes the join phase. */
  async join(): Promise<Answer<JoinGroupResponse>> {
    const {
      groupId,
      sessionTimeoutMs = 10_000,
      rebalanceTimeoutMs = 10_000,
      protocol = 'any',
    } = this.#options;
    const joined = await answer(
      joinGroupV4.api.async(
        this.#connection,
        groupId,
        sessionTimeoutMs,
        rebalanceTimeoutMs,
        this.memberId,
        null,
        PROTOCOL_TYPE,
        [{ name: protocol, metadata: SUBSCRIPTION }],
      ),
    );
    if (joined.response.memberId) {
      this.memberId = joined.response.memberId;
    }
    if (joined.errors.length === 0) {
      this.generation = joined.response.generationId;
      this.members = joined.response.members.map((member) => member.memberId);
    }
    return joined;
  }

  /** Joins as a new member: without an id, then again with the id the broker assigns. */
  async joinAsNew(): Promise<Answer<JoinGroupResponse>> {
    const first = await this.join();
    return first.errors.includes('MEMBER_ID_REQUIRED') ? this.join() : first;
  }

  /** The leader sends `assignments` (member id → bytes); the response is this member's assignment. */
  async sync(assignments: Record<string, string> = {}): Promise<Answer<string>> {
    const { groupId } = this.#options;
    const list = Object.entries(assignments).map(([memberId, assignment]) => ({
      memberId,
      assignment: Buffer.from(assignment),
    }));
    const { response, errors } = await answer(
      syncGroupV2.api.async(
        this.#connection,
        groupId,
        this.generation,
        this.memberId,
        null,
        null,
        null,
        list,
      ),
    );
    return { response: String(response.assignment ?? ''), errors };
  }

  /** Error names; empty if all is well. */
  async heartbeat({ generation = this.generation, memberId = this.memberId } = {}): Promise<string[]> {
    const { groupId } = this.#options;
    const { errors } = await answer(heartbeatV2.api.async(this.#connection, groupId, generation, memberId));
    return errors;
  }

  async commit(
    topic: string,
    offset: number,
    { generation = this.generation, memberId = this.memberId } = {},
  ): Promise<string[]> {
    const partitions = [{ partitionIndex: 0, committedOffset: BigInt(offset), committedLeaderEpoch: -1 }];
    const topics = [{ name: topic, partitions }];
    const { groupId } = this.#options;
    const { errors } = await answer(
      offsetCommitV5.api.async(this.#connection, groupId, generation, memberId, null, topics),
    );
    return errors;
  }

  /** The group's committed offset of partition 0, or -1. */
  async committed(topic: string): Promise<number> {
    const groups = [{ groupId: this.#options.groupId, topics: [{ name: topic, partitionIndexes: [0] }] }];
    const { topics } = await offsetFetchV4.api.async(this.#connection, groups, false);
    return Number(topics[0]?.partitions[0]?.committedOffset);
  }

  async leave(): Promise<string[]> {
    const { groupId } = this.#options;
    const { memberId } = this;
    return (await answer(leaveGroupV2.api.async(this.#connection, groupId, [{ memberId }]))).errors;
  }
}
