const INTERVAL_MS = 50;
const KEYFRAME_INTERVAL_MS = 2_000;
/** Estimated size of a message beyond its text (JSON, key, headers), in characters. */
const MESSAGE_OVERHEAD = 200;
/** Fits a broker's 1 MiB, however the text is escaped. */
const MESSAGE_LENGTH_MAX = 100_000;

/**
 * Coalesces the many small pieces of a model's text into few messages: the first is sent at once, the rest at
 * most every 50 ms. From time to time a keyframe, the whole text so far, replaces a message, for those who
 * started listening late: every two seconds, and less often as the text grows, so that keyframes never
 * outweigh all other messages together.
 */
export class DeltaCoalescer {
  readonly #publish: (offset: number, text: string) => void;
  #published = '';
  #pending = '';
  #publishedAt = Number.NEGATIVE_INFINITY;
  #timer: Timer | undefined;
  #deltasWeight = 0;
  #keyframesWeight = 0;
  #keyframeAt = 0;

  /** @param publish takes the offset into the turn's text, in UTF-16 code units */
  constructor(publish: (offset: number, text: string) => void) {
    this.#publish = publish;
  }

  add(text: string): void {
    this.#pending += text;
    if (this.#timer) return;
    const wait = this.#publishedAt + INTERVAL_MS - performance.now();
    if (wait <= 0) this.#sendWholeCharacters();
    else this.#timer = setTimeout(() => this.#sendWholeCharacters(), wait);
  }

  /** The text is complete: publishes what is pending. */
  end(): void {
    this.#send(this.#pending.length);
  }

  /** Discards what is pending. */
  cancel(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
  }

  #sendWholeCharacters(): void {
    this.#send(wholeCharacters(this.#pending, this.#pending.length));
  }

  #send(length: number): void {
    this.cancel();
    for (let rest = length; rest > 0; ) {
      const part = rest <= MESSAGE_LENGTH_MAX ? rest : wholeCharacters(this.#pending, MESSAGE_LENGTH_MAX);
      this.#sendMessage(part);
      rest -= part;
    }
  }

  #sendMessage(length: number): void {
    const offset = this.#published.length;
    const delta = this.#pending.slice(0, length);
    this.#pending = this.#pending.slice(length);
    this.#published += delta;
    const now = performance.now();
    this.#publishedAt = now;
    if (offset === 0) this.#keyframeAt = now;
    if (this.#isKeyframeDue(now)) {
      this.#keyframeAt = now;
      this.#keyframesWeight += this.#published.length + MESSAGE_OVERHEAD;
      this.#publish(0, this.#published);
    } else {
      this.#deltasWeight += length + MESSAGE_OVERHEAD;
      this.#publish(offset, delta);
    }
  }

  #isKeyframeDue(now: number): boolean {
    const { length } = this.#published;
    if (now - this.#keyframeAt < KEYFRAME_INTERVAL_MS || length > MESSAGE_LENGTH_MAX) return false;
    return this.#keyframesWeight + length + MESSAGE_OVERHEAD <= this.#deltasWeight;
  }
}

/** A surrogate pair may arrive in two pieces: the first half waits for the second. */
function wholeCharacters(text: string, length: number): number {
  const last = text.charCodeAt(length - 1);
  return last >= 0xd800 && last <= 0xdbff ? length - 1 : length;
}
