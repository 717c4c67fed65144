import type { Logger } from '../logger.ts';
import type { GroupSettings } from '../settings.ts';
import { ErrorCode } from '../wire/error-codes.ts';
import type { JoinGroupRequest, JoinGroupResponse } from '../wire/join-group.ts';
import type { MemberRequest } from '../wire/member.ts';
import type { SyncGroupRequest, SyncGroupResponse } from '../wire/sync-group.ts';
import { Group, type GroupEvents } from './group.ts';
import { type GroupStore, NO_SNAPSHOT } from './group-store.ts';
import { type JoinOptions, joinGroup } from './join.ts';
import { joinError } from './join-response.ts';
import { NO_BYTES } from './member.ts';

/** All consumer groups. Offsets and stable groups are stored; a rebalance in progress is not: it starts over. */
export class GroupCoordinator {
  readonly offsets: GroupStore;
  readonly #settings: GroupSettings;
  readonly #groups = new Map<string, Group>();
  readonly #events: GroupEvents;

  constructor(offsets: GroupStore, settings: GroupSettings, logger: Logger) {
    this.offsets = offsets;
    this.#settings = settings;
    // Timers call these too, and there a full disk must not crash the process.
    const guarded = (store: (group: Group) => void) => (group: Group) => {
      try {
        store(group);
      } catch (error) {
        logger('error', 'storing a group failed', { group: group.id, error: String(error) });
      }
    };
    this.#events = {
      changed: guarded((group) => offsets.saveGroup(group.id, group.snapshot())),
      emptied: guarded((group) => this.#forget(group)),
    };
    for (const groupId of offsets.groupIds()) {
      if (offsets.find(groupId)!.members.length > 0) this.#group(groupId);
    }
  }

  #group(groupId: string): Group {
    let group = this.#groups.get(groupId);
    if (group === undefined) {
      const stored = this.offsets.find(groupId) ?? NO_SNAPSHOT;
      group = new Group(groupId, stored, this.#settings, this.#events);
      this.#groups.set(groupId, group);
    }
    return group;
  }

  /** Drops a group without members from memory, and from the store too if it never committed. */
  #forget(group: Group): void {
    this.#groups.delete(group.id);
    if (this.offsets.find(group.id)?.offsets.size === 0) this.offsets.deleteGroup(group.id);
  }

  find(groupId: string): Group | undefined {
    return this.#groups.get(groupId);
  }

  groupIds(): string[] {
    return [...new Set([...this.#groups.keys(), ...this.offsets.groupIds()])];
  }

  protocolType(groupId: string): string {
    return this.#groups.get(groupId)?.protocolType ?? this.offsets.find(groupId)?.protocolType ?? '';
  }

  join(request: JoinGroupRequest, options: JoinOptions): Promise<JoinGroupResponse> | JoinGroupResponse {
    const { groupId, memberId, sessionTimeoutMs } = request;
    if (groupId === '') return joinError(ErrorCode.INVALID_GROUP_ID, memberId);
    const { sessionTimeoutMsMin, sessionTimeoutMsMax } = this.#settings;
    if (sessionTimeoutMs < sessionTimeoutMsMin || sessionTimeoutMs > sessionTimeoutMsMax) {
      return joinError(ErrorCode.INVALID_SESSION_TIMEOUT, memberId);
    }
    const group = this.#group(groupId);
    const answer = joinGroup(group, request, options);
    group.announceIfEmpty();
    return answer;
  }

  sync(
    request: SyncGroupRequest,
    onDisconnect: (abandon: () => void) => void,
  ): Promise<SyncGroupResponse> | SyncGroupResponse {
    const refuse = (error: ErrorCode): SyncGroupResponse => ({ error, assignment: NO_BYTES });
    const { groupId, memberId } = request;
    const group = this.#groups.get(groupId);
    if (group === undefined) return refuse(ErrorCode.UNKNOWN_MEMBER_ID);
    const error = group.heardFrom(request);
    if (error !== ErrorCode.NONE) return refuse(error);
    const member = group.roster.members.get(memberId)!;
    if (group.state === 'PreparingRebalance') return refuse(ErrorCode.REBALANCE_IN_PROGRESS);
    if (group.state === 'Stable') return { error: ErrorCode.NONE, assignment: member.assignment };
    member.suspendSession();
    member.answerSync(ErrorCode.REBALANCE_IN_PROGRESS);
    return new Promise((resolve) => {
      member.parkedSync = resolve;
      onDisconnect(() => {
        if (member.parkedSync !== resolve) return;
        member.parkedSync = undefined;
        group.renewSession(member);
      });
      if (memberId === group.leaderId) group.assign(request.assignments);
    });
  }

  heartbeat(request: MemberRequest): ErrorCode {
    const group = this.#groups.get(request.groupId);
    if (group === undefined) return ErrorCode.UNKNOWN_MEMBER_ID;
    const error = group.heardFrom(request);
    if (error !== ErrorCode.NONE) return error;
    return group.state === 'PreparingRebalance' ? ErrorCode.REBALANCE_IN_PROGRESS : ErrorCode.NONE;
  }

  leave(groupId: string, memberId: string): ErrorCode {
    const group = this.#groups.get(groupId);
    const member = group?.roster.members.get(memberId);
    if (member !== undefined) group!.remove(member);
    else if (group?.roster.isPromised(memberId)) group.breakPromise(memberId);
    else return ErrorCode.UNKNOWN_MEMBER_ID;
    return ErrorCode.NONE;
  }

  /**
   * NONE if this member may commit now, or the error. Which partitions it owns is not checked: no broker does.
   * Without membership (generation −1, no member id), anyone may commit while there are no members.
   */
  checkCommit(request: MemberRequest): ErrorCode {
    const { groupId, generation } = request;
    const group = this.#groups.get(groupId);
    if (group === undefined || group.roster.members.size === 0) {
      if (generation < 0) return ErrorCode.NONE;
      return this.offsets.find(groupId) === undefined
        ? ErrorCode.ILLEGAL_GENERATION
        : ErrorCode.UNKNOWN_MEMBER_ID;
    }
    const error = group.heardFrom(request);
    if (error !== ErrorCode.NONE) return error;
    return group.state === 'CompletingRebalance' ? ErrorCode.REBALANCE_IN_PROGRESS : ErrorCode.NONE;
  }

  delete(groupId: string): ErrorCode {
    if (groupId === '') return ErrorCode.INVALID_GROUP_ID;
    const group = this.#groups.get(groupId);
    if (group !== undefined && group.roster.members.size > 0) return ErrorCode.NON_EMPTY_GROUP;
    if (group === undefined && this.offsets.find(groupId) === undefined) return ErrorCode.GROUP_ID_NOT_FOUND;
    group?.close();
    this.#groups.delete(groupId);
    this.offsets.deleteGroup(groupId);
    return ErrorCode.NONE;
  }

  close(): void {
    for (const group of this.#groups.values()) group.close();
    this.#groups.clear();
  }
}
