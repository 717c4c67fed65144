import { isEnd, isTakeover, type Transition } from './audit.ts';

/** What the schedule did, and when; `executor` if it was done to one. */
export interface FaultMoment {
  /** Milliseconds since 1970. */
  readonly at: number;
  readonly fault: string;
  readonly executor?: string;
}

export interface Recovery {
  /** The longest time from a fault to the end of the first attempt that began after it. */
  readonly first_outcome_ms: number;
  /** The longest time from an executor's death or freeze until the last of its tasks was taken over. */
  readonly takeover_ms: number;
  /** The longest time without any outcome, between the first and the last. */
  readonly longest_gap_ms: number;
}

export function measureRecovery(audit: readonly Transition[], faults: readonly FaultMoment[]): Recovery {
  const ends = audit.filter(({ new_status }) => isEnd(new_status));
  const claimedAt = claimTimes(audit);
  const firstOutcomes = faults.map(({ at }) => {
    const end = ends.find(
      ({ task_id, new_attempts }) => (claimedAt.get(`${task_id}/${new_attempts}`) ?? 0) > at,
    );
    return end ? end.at - at : 0;
  });
  const takeovers = takeoversOf(audit, faults).map(({ transition, fault }) => transition.at - fault.at);
  const gaps = ends.map(({ at }, index) => at - (ends[index - 1]?.at ?? at));
  return {
    first_outcome_ms: longest(firstOutcomes),
    takeover_ms: longest(takeovers),
    longest_gap_ms: longest(gaps),
  };
}

/** Slower than this is no recovery; far above the usual, for busy machines. */
const FIRST_OUTCOME_MS_MAX = 15_000;
const AFTER_LEASE_MS_MAX = 5_000;

/** Limits, so that "it recovers" cannot come to mean "once the load is gone". */
export function slowRecovery({ first_outcome_ms, takeover_ms }: Recovery, leaseMs: number): string[] {
  const problems: string[] = [];
  if (first_outcome_ms > FIRST_OUTCOME_MS_MAX) {
    problems.push(`no attempt that began after a fault ended within ${first_outcome_ms} ms of it`);
  }
  if (takeover_ms > leaseMs + AFTER_LEASE_MS_MAX) {
    problems.push(`a lost task was taken over after ${takeover_ms} ms, with leases of ${leaseMs} ms`);
  }
  return problems;
}

/** By `task_id/attempt`. */
function claimTimes(audit: readonly Transition[]): Map<string, number> {
  return new Map(
    audit
      .filter(({ new_status }) => new_status === 'RUNNING')
      .map(({ task_id, new_attempts, at }) => [`${task_id}/${new_attempts}`, at]),
  );
}

/** Claims that an executor had sent when it was hit may succeed a little later. */
const CLAIM_UNDER_WAY_MS = 250;

/** Takeovers caused by a fault: of tasks that the executor had when the fault hit it. */
export function takeoversOf(
  audit: readonly Transition[],
  faults: readonly FaultMoment[],
): { transition: Transition; fault: FaultMoment }[] {
  const claimedAt = claimTimes(audit);
  return audit.filter(isTakeover).flatMap((transition) => {
    const { task_id, old_attempts, old_executor } = transition;
    const claimed = claimedAt.get(`${task_id}/${old_attempts}`) ?? 0;
    const hit = ({ executor, at }: FaultMoment) =>
      executor !== undefined &&
      executor === old_executor &&
      at < transition.at &&
      claimed < at + CLAIM_UNDER_WAY_MS;
    const fault = faults.findLast(hit);
    return fault ? [{ transition, fault }] : [];
  });
}

function longest(durations: readonly number[]): number {
  return Math.round(Math.max(0, ...durations));
}
