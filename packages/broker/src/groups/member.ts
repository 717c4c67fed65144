import type { GroupProtocol, JoinGroupResponse } from '../wire/join-group.ts';
import type { SyncGroupResponse } from '../wire/sync-group.ts';
import type { StoredMember } from './group-store.ts';

export const NO_BYTES = Buffer.alloc(0);

export type MemberClient = { clientId: string; host: string };

/** A request parked at a barrier; calling it sends the response. */
type Parked<T> = (response: T) => void;

export class Member {
  readonly id: string;
  readonly client: MemberClient;
  sessionTimeoutMs: number;
  rebalanceTimeoutMs: number;
  protocols: GroupProtocol[];
  assignment: Buffer = NO_BYTES;
  parkedJoin: Parked<JoinGroupResponse> | undefined;
  parkedSync: Parked<SyncGroupResponse> | undefined;
  /** Whether the client was ever told this id; if not, it cannot rejoin with it. */
  isKnownToClient = false;
  #session: ReturnType<typeof setTimeout> | undefined;

  constructor(
    id: string,
    client: MemberClient,
    timeouts: { sessionTimeoutMs: number; rebalanceTimeoutMs: number },
    protocols: GroupProtocol[],
  ) {
    this.id = id;
    this.client = client;
    this.sessionTimeoutMs = timeouts.sessionTimeoutMs;
    this.rebalanceTimeoutMs = timeouts.rebalanceTimeoutMs;
    this.protocols = protocols;
  }

  toStored(): StoredMember {
    const { id, client, sessionTimeoutMs, rebalanceTimeoutMs } = this;
    return {
      id,
      clientId: client.clientId,
      host: client.host,
      sessionTimeoutMs,
      rebalanceTimeoutMs,
      protocols: this.protocols.map(({ name, metadata }) => ({
        name,
        metadata: metadata.toString('base64'),
      })),
      assignment: this.assignment.toString('base64'),
    };
  }

  static fromStored(stored: StoredMember): Member {
    const protocols = stored.protocols.map(({ name, metadata }) => ({
      name,
      metadata: Buffer.from(metadata, 'base64'),
    }));
    const member = new Member(stored.id, stored, stored, protocols);
    member.assignment = Buffer.from(stored.assignment, 'base64');
    member.isKnownToClient = true;
    return member;
  }

  metadataFor(protocolName: string): Buffer {
    return this.protocols.find((protocol) => protocol.name === protocolName)?.metadata ?? NO_BYTES;
  }

  offersSame(protocols: GroupProtocol[]): boolean {
    if (protocols.length !== this.protocols.length) return false;
    return protocols.every((protocol, i) => {
      const own = this.protocols[i]!;
      return own.name === protocol.name && own.metadata.equals(protocol.metadata);
    });
  }

  /** The session runs while the client owes a heartbeat: not while one of its requests is parked. */
  renewSession(onExpired: () => void, timeoutMs = this.sessionTimeoutMs): void {
    this.suspendSession();
    this.#session = setTimeout(onExpired, timeoutMs);
  }

  suspendSession(): void {
    clearTimeout(this.#session);
  }

  answerJoin(response: JoinGroupResponse): void {
    const answer = this.parkedJoin;
    this.parkedJoin = undefined;
    if (answer === undefined) return;
    this.isKnownToClient = true;
    answer(response);
  }

  answerSync(error: number, assignment: Buffer = NO_BYTES): void {
    const answer = this.parkedSync;
    this.parkedSync = undefined;
    answer?.({ error, assignment });
  }
}
