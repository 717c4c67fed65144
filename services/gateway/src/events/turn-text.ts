import { eventFrame } from './event-frame.ts';
import { type Position, positionAt } from './position.ts';
import { EMPTY_MARK, markOf } from './text-mark.ts';

/** What a client gets of a text, and where that leads. */
export interface TextPiece {
  readonly frame: string;
  readonly position: Position;
}

/** The text of one turn so far, as the stream tells of it; complete from its beginning on. */
export class TurnText {
  readonly attempt: number;
  readonly seq: number;
  text = '';
  /** Another one each time the turn begins anew, which a model's turn does when its connection was cut: then what came before is void. */
  birth = Symbol();
  #mark = EMPTY_MARK;
  /** What who was up to date gets: made once, however many they are. */
  #latest: { from: number; piece: TextPiece } | null = null;

  constructor(attempt: number, seq: number) {
    this.attempt = attempt;
    this.seq = seq;
  }

  /** The position of who has all of it. */
  get position(): Position {
    return {
      ...positionAt(this.attempt, 'running', this.seq - 1),
      offset: this.text.length,
      mark: this.#mark,
    };
  }

  /** The position of who has the step that it becomes. */
  get end(): Position {
    return positionAt(this.attempt, 'running', this.seq);
  }

  /** Takes what continues it, the whole again, or something else in its place; leaves out what came before or does not connect. */
  merge(offset: number, text: string): void {
    if (offset > this.text.length) return;
    const known = this.text.slice(offset, offset + text.length);
    if (text.startsWith(known)) this.#append(text.slice(known.length));
    else this.#beginAnew(this.text.slice(0, offset) + text);
  }

  /** Whether a client that is there has the beginning of this text. */
  continues({ offset, mark }: Position): boolean {
    return offset <= this.text.length && markOf(this.text.slice(0, offset)) === mark;
  }

  pieceFrom(offset: number): TextPiece {
    if (this.#latest?.from === offset) return this.#latest.piece;
    const { attempt, seq, position } = this;
    const data = { attempt, seq, offset, text: this.text.slice(offset) };
    const piece = { frame: eventFrame({ position, event: { type: 'delta', data } }), position };
    // Later ones are asked for once by many, earlier ones by who lags behind, each from somewhere else.
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
    this.birth = Symbol();
  }
}
