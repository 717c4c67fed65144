import type { GroupProtocol } from '../wire/join-group.ts';
import type { Member } from './member.ts';

/** Who belongs to a group: its members, and the ids it has promised. */
export class Roster {
  readonly members = new Map<string, Member>();
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
    this.endPromise(member.id);
  }

  delete(member: Member): void {
    this.members.delete(member.id);
  }

  clearPromises(): void {
    for (const memberId of [...this.#promised.keys()]) this.endPromise(memberId);
  }

  /** Whether all members share a protocol, once `except` is replaced by one that offers these. */
  sharesProtocol(protocols: GroupProtocol[], except: Member | undefined): boolean {
    const others = this.all().filter((member) => member !== except);
    return protocols.some(({ name }) => others.every((m) => m.protocols.some((p) => p.name === name)));
  }
}
