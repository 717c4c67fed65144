import { ErrorCode } from '../wire/error-codes.ts';
import type { GroupProtocol } from '../wire/join-group.ts';
import type { Member } from './member.ts';

/** Who belongs to a group: its members, its static instances, and the ids it has promised. */
export class Roster {
  readonly members = new Map<string, Member>();
  /** The current member id of each instance. */
  readonly #instances = new Map<string, string>();
  /** Ids handed out with MEMBER_ID_REQUIRED, still to join. */
  readonly #promised = new Map<string, ReturnType<typeof setTimeout>>();

  get promisedCount(): number {
    return this.#promised.size;
  }

  all(): Member[] {
    return [...this.members.values()];
  }

  /** How long the slowest member may take to join or sync. */
  get rebalanceTimeoutMs(): number {
    return Math.max(1, ...this.all().map((member) => member.rebalanceTimeoutMs));
  }

  promise(memberId: string, timeoutMs: number, onExpired: () => void): void {
    this.#promised.set(memberId, setTimeout(onExpired, timeoutMs));
  }

  isPromised(memberId: string): boolean {
    return this.#promised.has(memberId);
  }

  /** The id was used, given back, or not used in time. */
  endPromise(memberId: string): boolean {
    clearTimeout(this.#promised.get(memberId));
    return this.#promised.delete(memberId);
  }

  add(member: Member): void {
    this.members.set(member.id, member);
    if (member.instanceId !== null) this.#instances.set(member.instanceId, member.id);
    this.endPromise(member.id);
  }

  delete(member: Member): void {
    this.members.delete(member.id);
    if (member.instanceId !== null) this.#instances.delete(member.instanceId);
  }

  clearPromises(): void {
    for (const memberId of [...this.#promised.keys()]) this.endPromise(memberId);
  }

  ofInstance(instanceId: string): Member | undefined {
    const memberId = this.#instances.get(instanceId);
    return memberId === undefined ? undefined : this.members.get(memberId);
  }

  /** NONE, UNKNOWN_MEMBER_ID, or FENCED_INSTANCE_ID when another process took the instance over. */
  check(memberId: string, instanceId: string | null): ErrorCode {
    if (instanceId !== null) {
      const owner = this.#instances.get(instanceId);
      if (owner === undefined) return ErrorCode.UNKNOWN_MEMBER_ID;
      if (owner !== memberId) return ErrorCode.FENCED_INSTANCE_ID;
    }
    return this.members.has(memberId) ? ErrorCode.NONE : ErrorCode.UNKNOWN_MEMBER_ID;
  }

  /** Whether all members share a protocol, once `except` is replaced by one that offers these. */
  sharesProtocol(protocols: GroupProtocol[], except: Member | undefined): boolean {
    const others = this.all().filter((member) => member !== except);
    return protocols.some(({ name }) => others.every((m) => m.protocols.some((p) => p.name === name)));
  }
}
