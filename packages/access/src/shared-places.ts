/** The part that one owner may have; at least one place. */
const OWNER_SHARE = 0.5;

/**
 * Places that all callers share, of which one owner of API keys gets a part: even an owner who takes all of it leaves others theirs. Each
 * process has its own. Callers without an owner, which are all of them where no keys are required, may have every place.
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
    return this.#taken + count <= this.#max && this.isInShareOf(owner, count);
  }

  /** Whether the owner may have more, though there may be none left. */
  isInShareOf(owner: string | null, count = 1): boolean {
    return owner === null || this.#takenBy(owner) + count <= this.#share;
  }

  /**
   * What holds the places when there is none for `owner`, as the subject of a sentence.
   *
   * @param what takes a place, in the plural
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
