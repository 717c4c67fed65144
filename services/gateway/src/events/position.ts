import { EMPTY_MARK } from './text-mark.ts';

/**
 * How far a client has come in a task's events. Each event's id is the position after it. All but the text is
 * derived from Postgres, so that any gateway can resume from it.
 *
 *   2.5               attempt 2 is running; step 5 was the last, be it of this attempt or an earlier one
 *   2.5.130.k3x9q2    and 130 UTF-16 code units of the next step's text have come, with that mark
 *   2.5.waiting       attempt 2 is over and the task waits for another
 *   2.5.end           the task has ended with attempt 2
 */
export interface Position {
  readonly attempt: number;
  readonly stage: Stage;
  readonly seq: number;
  readonly offset: number;
  /** A checksum of the text up to `offset`: tells whether another text begins with the same. */
  readonly mark: number;
}

const STAGES = ['running', 'waiting', 'end'] as const;
type Stage = (typeof STAGES)[number];

/** Before everything: a task that was submitted and has not been claimed. */
export const ORIGIN: Position = positionAt(0, 'waiting', 0);

const NUMBER = '(0|[1-9]\\d{0,9})';
const WRITTEN = new RegExp(`^${NUMBER}\\.${NUMBER}(?:\\.(?:(waiting|end)|${NUMBER}\\.([0-9a-z]{1,7})))?$`);
/** The largest `integer` of Postgres. */
const NUMBER_MAX = 2 ** 31 - 1;

export function positionAt(attempt: number, stage: Stage, seq: number): Position {
  return { attempt, stage, seq, offset: 0, mark: EMPTY_MARK };
}

/** Negative if `a` comes before `b`. */
export function comparePositions(a: Position, b: Position): number {
  return (
    a.attempt - b.attempt ||
    STAGES.indexOf(a.stage) - STAGES.indexOf(b.stage) ||
    a.seq - b.seq ||
    a.offset - b.offset
  );
}

export function formatPosition({ attempt, stage, seq, offset, mark }: Position): string {
  if (stage !== 'running') return `${attempt}.${seq}.${stage}`;
  return offset === 0 ? `${attempt}.${seq}` : `${attempt}.${seq}.${offset}.${mark.toString(36)}`;
}

/** Null if it is malformed. */
export function parsePosition(text: string): Position | null {
  const match = WRITTEN.exec(text);
  if (!match) return null;
  const [attempt, seq, offset] = [match[1], match[2], match[4] ?? 0].map(Number) as [number, number, number];
  if (Math.max(attempt, seq, offset) > NUMBER_MAX) return null;
  const position = positionAt(attempt, (match[3] as Stage | undefined) ?? 'running', seq);
  return offset === 0 ? position : { ...position, offset, mark: Number.parseInt(match[5]!, 36) };
}
