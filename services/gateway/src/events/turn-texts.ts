import type { DeltaEvent } from '@millrace/contracts';
import { comparePositions, type Position } from './position.ts';
import { TurnText } from './turn-text.ts';

const BYTES_MAX = 32 * 1024 * 1024;
const BYTES_PER_CODE_UNIT = 2;
/** One at a time is real: more are an attempt that lost its task and has not noticed, or forged. */
const TURNS_PER_TASK_MAX = 4;

/**
 * Texts of turns under way, of all tasks, for whoever begins to listen or lags behind. They are in no other place until the step is
 * committed. Bounded: the texts of the task that was silent longest give way.
 */
export class TurnTexts {
  readonly #bytesMax: number;
  /** The one that was silent longest first. */
  readonly #byTask = new Map<string, TurnText[]>();
  #length = 0;

  constructor(bytesMax = BYTES_MAX) {
    this.#bytesMax = bytesMax;
  }

  get bytes(): number {
    return this.#length * BYTES_PER_CODE_UNIT;
  }

  /** @param taskId in lower case */
  find(taskId: string, attempt: number, seq: number): TurnText | undefined {
    return this.#byTask.get(taskId)?.find((turn) => turn.attempt === attempt && turn.seq === seq);
  }

  /** Text whose beginning is missing is of no use: its turn is told of from the beginning again, now and then. */
  hear({ task_id, attempt, seq, offset, text }: DeltaEvent): void {
    const taskId = task_id.toLowerCase();
    let turn = this.find(taskId, attempt, seq);
    if (!turn && offset > 0) return;
    const turns = this.#byTask.get(taskId) ?? [];
    if (!turn) {
      turn = new TurnText(attempt, seq);
      turns.push(turn);
      if (turns.length > TURNS_PER_TASK_MAX) this.#length -= turns.shift()!.text.length;
    }
    this.#byTask.delete(taskId);
    this.#byTask.set(taskId, turns);
    this.#length -= turn.text.length;
    turn.merge(offset, text);
    this.#length += turn.text.length;
    this.#makeRoom();
  }

  /** Drops what is over for whoever is there: the step is committed by now, or never will be. */
  drop(taskId: string, position: Position): void {
    const turns = this.#byTask.get(taskId);
    if (!turns) return;
    const kept = turns.filter(({ end }) => comparePositions(end, position) > 0);
    for (const turn of turns) if (!kept.includes(turn)) this.#length -= turn.text.length;
    if (kept.length > 0) this.#byTask.set(taskId, kept);
    else this.#byTask.delete(taskId);
  }

  #makeRoom(): void {
    for (const [taskId, turns] of this.#byTask) {
      if (this.bytes <= this.#bytesMax) return;
      for (const turn of turns) this.#length -= turn.text.length;
      this.#byTask.delete(taskId);
    }
  }
}
