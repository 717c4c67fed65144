const INTERVAL_MS = 50;
const KEYFRAME_INTERVAL_MS = 2_000;
/** What a message weighs besides its text, in characters: about its JSON, key and headers. */
const MESSAGE_OVERHEAD = 200;

/**
 * Makes few messages of the many small pieces in which a model's text comes: the first goes out at once, the others every 50 ms at
 * most. Now and then the whole text so far takes a message's place, for those who began to listen late: every two seconds, and
 * longer apart as the text grows, so that these never weigh more than all other messages together.
 */
export class DeltaCoalescer {
  readonly #publish: (offset: number, text: string) => void;
  #text = '';
  #published = 0;
  #publishedAt = Number.NEGATIVE_INFINITY;
  #timer: Timer | undefined;
  #deltasWeight = 0;
  #keyframesWeight = 0;
  #keyframeAt = 0;

  /** @param publish with where in the turn's text it begins, in UTF-16 code units */
  constructor(publish: (offset: number, text: string) => void) {
    this.#publish = publish;
  }

  add(text: string): void {
    this.#text += text;
    if (this.#timer) return;
    const wait = this.#publishedAt + INTERVAL_MS - performance.now();
    if (wait <= 0) this.#send(lengthOfWholeCharacters(this.#text));
    else this.#timer = setTimeout(() => this.#onTimer(), wait);
  }

  /** The text is complete: what has not been published yet goes out now. */
  end(): void {
    this.cancel();
    this.#send(this.#text.length);
  }

  /** What has not been published yet never is. */
  cancel(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
  }

  #onTimer(): void {
    this.#timer = undefined;
    this.#send(lengthOfWholeCharacters(this.#text));
  }

  #send(end: number): void {
    if (end <= this.#published) return;
    const now = performance.now();
    const isFirst = this.#published === 0;
    if (isFirst) this.#keyframeAt = now;
    const isKeyframe = !isFirst && this.#isKeyframeDue(now, end);
    const offset = isKeyframe ? 0 : this.#published;
    const weight = end - offset + MESSAGE_OVERHEAD;
    if (isKeyframe) {
      this.#keyframeAt = now;
      this.#keyframesWeight += weight;
    } else {
      this.#deltasWeight += weight;
    }
    this.#published = end;
    this.#publishedAt = now;
    this.#publish(offset, this.#text.slice(offset, end));
  }

  #isKeyframeDue(now: number, length: number): boolean {
    if (now - this.#keyframeAt < KEYFRAME_INTERVAL_MS) return false;
    return this.#keyframesWeight + length + MESSAGE_OVERHEAD <= this.#deltasWeight;
  }
}

/** A pair of surrogates may come in two pieces: the first half waits for the second. */
function lengthOfWholeCharacters(text: string): number {
  return /[\ud800-\udbff]$/.test(text) ? text.length - 1 : text.length;
}
