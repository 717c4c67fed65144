import type { GroupSettings } from '../settings.ts';
import { ErrorCode } from '../wire/error-codes.ts';
import type { GroupProtocol } from '../wire/join-group.ts';
import type { MemberRequest } from '../wire/member.ts';
import { electProtocol } from './elect-protocol.ts';
import type { GroupSnapshot } from './group-store.ts';
import { joinError, joinResponse } from './join-response.ts';
import { Member, NO_BYTES } from './member.ts';
import { Roster } from './roster.ts';

type GroupState = 'Empty' | 'PreparingRebalance' | 'CompletingRebalance' | 'Stable';

/** After a restart, members must show up within this, so that dead ones do not block the others. */
const RESTORED_SESSION_MS_MAX = 5_000;

/** `changed`: its snapshot must be stored. `emptied`: nobody is left in it. */
export type GroupEvents = {
  changed(group: Group): void;
  emptied(group: Group): void;
};

/**
 * One consumer group, the classic protocol:
 *
 *            join                 all joined, or rebalance timeout
 *     Empty ──────► PreparingRebalance ──────────────► CompletingRebalance
 *       ▲   nobody     ▲    ▲    ▲                        │         │
 *       └──────────────┼────┘    │   join, leave, expiry, │         │ the leader syncs
 *         is left      │         │   or no sync in time   │         ▼
 *                      │         └────────────────────────┘       Stable
 *                      └────────────────────────────────────────────┘
 *                            new or changed join, leave, session expiry
 *
 * PreparingRebalance is the join barrier: JoinGroup requests are parked until every member has sent one, or
 * the longest rebalance timeout has passed (late members are then dropped). From Empty it lasts the initial
 * delay instead, renewed by each newcomer. CompletingRebalance is the sync barrier: SyncGroup requests are
 * parked until the leader's brings the assignment. A silent member's session expires, but never while a request
 * of its own is parked.
 */
export class Group {
  readonly id: string;
  state: GroupState = 'Empty';
  generation: number;
  protocolType: string;
  protocolName = '';
  leaderId = '';
  readonly roster = new Roster();
  readonly #settings: GroupSettings;
  readonly #events: GroupEvents;
  /** The barrier's time limit. */
  #barrier: ReturnType<typeof setTimeout> | undefined;
  #initialBarrierEndsAtMs = 0;

  constructor(id: string, stored: GroupSnapshot, settings: GroupSettings, events: GroupEvents) {
    this.id = id;
    this.generation = stored.generation;
    this.protocolType = stored.protocolType;
    this.#settings = settings;
    this.#events = events;
    if (stored.members.length > 0) this.#restore(stored);
  }

  /** As in any broker, a stable group survives a restart: members go on and commit without a rebalance. */
  #restore(stored: GroupSnapshot): void {
    this.state = 'Stable';
    this.protocolName = stored.protocolName;
    this.leaderId = stored.leaderId;
    for (const member of stored.members.map(Member.fromStored)) {
      this.roster.add(member);
      const timeoutMs = Math.min(member.sessionTimeoutMs, RESTORED_SESSION_MS_MAX);
      member.renewSession(() => this.remove(member), timeoutMs);
    }
  }

  /** What is stored: members only once they have an assignment. */
  snapshot(): GroupSnapshot {
    const { generation, protocolType, protocolName, leaderId } = this;
    const members = this.state === 'Stable' ? this.roster.all().map((m) => m.toStored()) : [];
    return { generation, protocolType, protocolName, leaderId, members };
  }

  // ---- membership

  promise(memberId: string, sessionTimeoutMs: number): void {
    this.roster.promise(memberId, sessionTimeoutMs, () => this.breakPromise(memberId));
  }

  /** The barrier no longer waits for a promised id. */
  breakPromise(memberId: string): void {
    if (this.roster.endPromise(memberId)) this.#tryCompleteJoin();
    this.announceIfEmpty();
  }

  /** Whether a request is from a member of this generation; if so, its session is renewed. */
  heardFrom({ memberId, generation }: MemberRequest): ErrorCode {
    const member = this.roster.members.get(memberId);
    if (member === undefined) return ErrorCode.UNKNOWN_MEMBER_ID;
    if (generation !== this.generation) return ErrorCode.ILLEGAL_GENERATION;
    if (member.parkedJoin === undefined && member.parkedSync === undefined) this.renewSession(member);
    return ErrorCode.NONE;
  }

  /** `except` is the member that offers them, if it already is one. */
  accepts(protocolType: string, protocols: GroupProtocol[], except?: Member): boolean {
    if (protocolType === '' || protocols.length === 0) return false;
    const isAlone = this.roster.all().every((member) => member === except);
    return isAlone || (protocolType === this.protocolType && this.roster.sharesProtocol(protocols, except));
  }

  /** Removes a member without a rebalance; its parked requests are answered with `error`. */
  evict(member: Member, error: ErrorCode): void {
    member.suspendSession();
    this.roster.delete(member);
    member.answerJoin(joinError(error, member.id));
    member.answerSync(error);
  }

  /** A member left, or its session ended. */
  remove(member: Member): void {
    this.evict(member, ErrorCode.UNKNOWN_MEMBER_ID);
    this.rebalance();
  }

  renewSession(member: Member): void {
    member.renewSession(() => this.remove(member));
  }

  // ---- the join barrier

  /** The members have changed: starts a rebalance, or goes on with the one that is collecting them. */
  rebalance(): void {
    if (this.state !== 'PreparingRebalance') this.#startRebalance();
    this.#tryCompleteJoin();
  }

  #startRebalance(): void {
    const initial = this.state === 'Empty';
    if (this.state === 'CompletingRebalance') {
      for (const member of this.roster.all()) {
        if (member.parkedSync === undefined) continue;
        member.answerSync(ErrorCode.REBALANCE_IN_PROGRESS);
        this.renewSession(member);
      }
    }
    this.state = 'PreparingRebalance';
    const { rebalanceTimeoutMs } = this.roster;
    const delayMs = initial ? this.#settings.initialRebalanceDelayMs : 0;
    this.#initialBarrierEndsAtMs = delayMs > 0 ? performance.now() + delayMs + rebalanceTimeoutMs : 0;
    this.#setBarrier(delayMs || rebalanceTimeoutMs);
  }

  /** A newcomer during the initial delay restarts it, within bounds. */
  extendInitialDelay(): void {
    const leftMs = this.#initialBarrierEndsAtMs - performance.now();
    if (this.state !== 'PreparingRebalance' || leftMs <= 0) return;
    this.#setBarrier(Math.min(this.#settings.initialRebalanceDelayMs, leftMs));
  }

  #tryCompleteJoin(): void {
    if (this.state !== 'PreparingRebalance') return;
    if (this.#initialBarrierEndsAtMs > 0) return;
    const waiting = this.roster.all().some((member) => member.parkedJoin === undefined);
    if (!waiting && this.roster.promisedCount === 0) this.#completeJoin();
  }

  #completeJoin(): void {
    clearTimeout(this.#barrier);
    this.#initialBarrierEndsAtMs = 0;
    for (const member of this.roster.all()) {
      if (member.parkedJoin === undefined) this.evict(member, ErrorCode.UNKNOWN_MEMBER_ID);
    }
    this.generation++;
    const joined = this.roster.all();
    if (joined.length === 0) {
      this.#becomeEmpty();
      return;
    }
    this.protocolName = electProtocol(joined);
    this.state = 'CompletingRebalance';
    if (!this.roster.members.has(this.leaderId)) this.leaderId = joined[0]!.id;
    this.#events.changed(this);
    this.#setBarrier(this.roster.rebalanceTimeoutMs, () => this.#dropUnsynced());
    for (const member of joined) {
      member.answerJoin(joinResponse(this, member));
      this.renewSession(member);
    }
  }

  // ---- the sync barrier

  /** Applies the leader's assignment, and answers parked syncs. */
  assign(assignments: { memberId: string; assignment: Buffer }[]): void {
    clearTimeout(this.#barrier);
    const byMember = new Map(assignments.map((entry) => [entry.memberId, entry.assignment]));
    this.state = 'Stable';
    for (const member of this.roster.all()) member.assignment = byMember.get(member.id) ?? NO_BYTES;
    this.#events.changed(this);
    for (const member of this.roster.all()) {
      if (member.parkedSync === undefined) continue;
      member.answerSync(ErrorCode.NONE, member.assignment);
      this.renewSession(member);
    }
  }

  #dropUnsynced(): void {
    for (const member of this.roster.all()) {
      if (member.parkedSync === undefined) this.evict(member, ErrorCode.UNKNOWN_MEMBER_ID);
    }
    this.rebalance();
  }

  // ---- ends

  #becomeEmpty(): void {
    this.state = 'Empty';
    this.#events.changed(this);
    this.announceIfEmpty();
  }

  announceIfEmpty(): void {
    if (this.state === 'Empty' && this.roster.promisedCount === 0) this.#events.emptied(this);
  }

  /** Deleted, or the broker stops: ends all timers and parked requests. */
  close(): void {
    clearTimeout(this.#barrier);
    this.roster.clearPromises();
    for (const member of this.roster.all()) this.evict(member, ErrorCode.COORDINATOR_NOT_AVAILABLE);
  }

  #setBarrier(delayMs: number, onTimeout = () => this.#completeJoin()): void {
    clearTimeout(this.#barrier);
    this.#barrier = setTimeout(onTimeout, delayMs);
  }
}
