import { eventFrame } from './event-frame.ts';
import { type Position, positionAt } from './position.ts';
import { EMPTY_MARK, markOf } from './text-mark.ts';

/** Part of a text, and the position after it. */
interface TextPiece {
  readonly frame: string;
  readonly position: Position;
}

/** The text of one turn so far, as heard from the stream; nothing is missing in it. */
export class TurnText {
  readonly attempt: number;
  readonly seq: number;
  text = '';
  /** A new one each time the turn begins anew, as it does when the connection to the model breaks: what came before is void. */
  generation = Symbol();
  #mark = EMPTY_MARK;
  /** The next piece for clients that were up to date: made once for all of them. */
  #latest: { from: number; piece: TextPiece } | null = null;

  constructor(attempt: number, seq: number) {
    this.attempt = attempt;
    this.seq = seq;
  }

  /** The position of a client that has all of it. */
  get position(): Position {
    return {
      ...positionAt(this.attempt, 'running', this.seq - 1),
      offset: this.text.length,
      mark: this.#mark,
    };
  }

  /** The position of a client that has the step it becomes. */
  get end(): Position {
    return positionAt(this.attempt, 'running', this.seq);
  }

  /** Takes a continuation, the whole again, or a replacement; ignores what is known already or leaves a gap. */
  merge(offset: number, text: string): void {
    if (offset > this.text.length) return;
    const known = this.text.slice(offset, offset + text.length);
    if (text.startsWith(known)) this.#append(text.slice(known.length));
    else this.#beginAnew(this.text.slice(0, offset) + text);
  }

  /** Whether what a client at this position has is the beginning of this text. */
  continues({ offset, mark }: Position): boolean {
    return offset <= this.text.length && markOf(this.text.slice(0, offset)) === mark;
  }

  pieceFrom(offset: number): TextPiece {
    if (this.#latest?.from === offset) return this.#latest.piece;
    const { attempt, seq, position } = this;
    const data = { attempt, seq, offset, text: this.text.slice(offset) };
    const piece = { frame: eventFrame({ position, event: { type: 'delta', data } }), position };
    // The latest one serves many; clients that lag need pieces from offsets of their own.
    if (offset >= (this.#latest?.from ?? 0)) this.#latest = { from: offset, piece };
    return piece;
  }

  #append(text: string): void {
    if (text === '') return;
    this.#mark = markOf(text, this.#mark);
    this.text += text;
    this.#latest = null;
  }

  #beginAnew(text: string): void {
    this.text = text;
    this.#mark = markOf(text);
    this.#latest = null;
    this.generation = Symbol();
  }
}
