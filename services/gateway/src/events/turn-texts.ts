import type { DeltaEvent } from '@millrace/contracts';
import { comparePositions, type Position } from './position.ts';
import { TurnText } from './turn-text.ts';

const BYTES_MAX = 32 * 1024 * 1024;
const BYTES_PER_CODE_UNIT = 2;
/** Memory of a turn besides its text, its task's entry included: 450 to 550 where each task has one turn. */
export const BYTES_PER_TURN = 500;
/** Only one at a time is real: others are of an attempt that has not noticed losing its task, or forged. */
const TURNS_PER_TASK_MAX = 4;

/**
 * Texts of turns in progress, of all tasks, for clients that join late or lag. They exist nowhere else until
 * the step is committed. Bounded: the texts of the task that was silent longest are evicted first.
 */
export class TurnTexts {
  readonly #bytesMax: number;
  /** In eviction order: the one that was silent longest first. */
  readonly #byTask = new Map<string, TurnText[]>();
  #bytes = 0;

  constructor(bytesMax = BYTES_MAX) {
    this.#bytesMax = bytesMax;
  }

  get bytes(): number {
    return this.#bytes;
  }

  get isEmpty(): boolean {
    return this.#byTask.size === 0;
  }

  /** @param taskId in lower case */
  find(taskId: string, attempt: number, seq: number): TurnText | undefined {
    return this.#byTask.get(taskId)?.find((turn) => turn.attempt === attempt && turn.seq === seq);
  }

  /** Text whose beginning is missing is ignored: now and then its turn is sent from the beginning again. */
  hear({ task_id, attempt, seq, offset, text }: DeltaEvent): void {
    const taskId = task_id.toLowerCase();
    let turn = this.find(taskId, attempt, seq);
    if (!turn && offset > 0) return;
    const turns = this.#byTask.get(taskId) ?? [];
    if (turn) this.#bytes -= bytesOf(turn);
    else {
      turn = new TurnText(attempt, seq);
      turns.push(turn);
      if (turns.length > TURNS_PER_TASK_MAX) this.#bytes -= bytesOf(turns.shift()!);
    }
    this.#byTask.delete(taskId);
    this.#byTask.set(taskId, turns);
    turn.merge(offset, text);
    this.#bytes += bytesOf(turn);
    this.#makeRoom();
  }

  /** Drops the turns that are over at this position: their steps are committed by now, or never will be. */
  drop(taskId: string, position: Position): void {
    const turns = this.#byTask.get(taskId);
    if (!turns) return;
    const kept = turns.filter(({ end }) => comparePositions(end, position) > 0);
    for (const turn of turns) if (!kept.includes(turn)) this.#bytes -= bytesOf(turn);
    if (kept.length > 0) this.#byTask.set(taskId, kept);
    else this.#byTask.delete(taskId);
  }

  #makeRoom(): void {
    for (const [taskId, turns] of this.#byTask) {
      if (this.#bytes <= this.#bytesMax) return;
      for (const turn of turns) this.#bytes -= bytesOf(turn);
      this.#byTask.delete(taskId);
    }
  }
}

function bytesOf({ text }: TurnText): number {
  return BYTES_PER_TURN + text.length * BYTES_PER_CODE_UNIT;
}
