import { eventually } from '../../waiting.ts';
import type { GroupMember, GroupOptions, ReceivedRecord } from './client.ts';

type StartMember = (options: GroupOptions) => Promise<GroupMember>;

/** The group members of one client, so that a failed case leaves none behind. */
export class OpenMembers {
  readonly #open = new Set<GroupMember>();
  readonly #start: StartMember;

  constructor(start: StartMember) {
    this.#start = start;
  }

  async join(options: GroupOptions): Promise<GroupMember> {
    const member = await this.#start(options);
    this.#open.add(member);
    return {
      received: member.received,
      get partitions() {
        return member.partitions;
      },
      leave: () => this.#leave(member),
    };
  }

  /** Reads a topic from its beginning as the only member of a new group. */
  async read(topic: string, count: number): Promise<ReceivedRecord[]> {
    const groupId = `read-${crypto.randomUUID()}`;
    const member = await this.join({ groupId, topic, sessionTimeoutMs: 10_000 });
    try {
      await eventually(`${count} records of ${topic} are read`, () => member.received.length >= count);
      return member.received.slice(0, count);
    } finally {
      await member.leave();
    }
  }

  async leaveAll(): Promise<void> {
    await Promise.all([...this.#open].map((member) => this.#leave(member)));
  }

  async #leave(member: GroupMember): Promise<void> {
    if (this.#open.delete(member)) {
      await member.leave();
    }
  }
}
