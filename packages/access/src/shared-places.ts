/** Of the places, but at least one. */
const OWNER_SHARE = 0.5;

/**
 * A process's places for work in progress. An owner of API keys gets at most a share of them, so that no
 * owner can take all places from the others. Callers without an owner may have every place: where no keys are
 * required, no caller has one.
 */
export class SharedPlaces {
  readonly #max: number;
  readonly #share: number;
  readonly #byOwner = new Map<string, number>();
  #taken = 0;

  constructor(max: number) {
    this.#max = max;
    this.#share = Math.max(1, Math.floor(max * OWNER_SHARE));
  }

  get taken(): number {
    return this.#taken;
  }

  /** @param count of places that are taken together, or not at all */
  isFreeFor(owner: string | null, count = 1): boolean {
    if (this.#taken + count > this.#max) return false;
    return this.isWithinShare(owner, count);
  }

  isWithinShare(owner: string | null, count = 1): boolean {
    return owner === null || this.#takenBy(owner) + count <= this.#share;
  }

  /**
   * What holds the places when none is free for `owner`: the subject of a sentence.
   *
   * @param what occupies a place, in the plural
   */
  occupants(owner: string | null, what: string, count = 1): string {
    if (this.#taken + count > this.#max) return `${this.#taken} ${what}`;
    return `${this.#takenBy(owner)} ${what} of ${owner}, as many as one owner may have,`;
  }

  /** Check `isFreeFor` first. */
  take(owner: string | null, count = 1): void {
    this.#taken += count;
    if (owner !== null) this.#byOwner.set(owner, this.#takenBy(owner) + count);
  }

  leave(owner: string | null, count = 1): void {
    this.#taken -= count;
    if (owner === null) return;
    const left = this.#takenBy(owner) - count;
    if (left > 0) this.#byOwner.set(owner, left);
    else this.#byOwner.delete(owner);
  }

  #takenBy(owner: string | null): number {
    return owner === null ? 0 : (this.#byOwner.get(owner) ?? 0);
  }
}
