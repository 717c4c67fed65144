import type { Caller } from '@millrace/db';
import type { ResourceWatch, Watching } from './resource-watch.ts';

interface Subscribed {
  readonly watched: readonly string[];
  readonly begun: Promise<unknown>;
}

/**
 * The subscriptions of one connection, or of several that see the same tasks. A resource that several of them
 * name is watched once, for as long as any of them is left.
 */
export class UriSubscriptions {
  readonly #watch: ResourceWatch;
  readonly #caller: Caller;
  readonly #onChange: (uri: string) => void;
  readonly #subscriptions = new Map<unknown, readonly string[]>();
  readonly #watched = new Map<string, { count: number; watching: Watching }>();

  constructor(watch: ResourceWatch, caller: Caller, onChange: (uri: string) => void) {
    this.#watch = watch;
    this.#caller = caller;
    this.#onChange = onChange;
  }

  /**
   * @param key identifies the subscription; an existing one is replaced
   * @returns those of the URIs that can be watched; `begun` resolves, soon in any case, once every change of
   * them will be reported
   */
  add(key: unknown, uris: readonly string[]): Subscribed {
    const watched = [...new Set(uris)].filter((uri) => this.#retain(uri));
    // Only now: what the subscription replaced names too is watched without a gap.
    this.remove(key);
    this.#subscriptions.set(key, watched);
    const begun = Promise.all(watched.map((uri) => this.#watched.get(uri)?.watching.begun));
    return { watched, begun };
  }

  remove(key: unknown): void {
    for (const uri of this.#subscriptions.get(key) ?? []) this.#release(uri);
    this.#subscriptions.delete(key);
  }

  clear(): void {
    for (const key of [...this.#subscriptions.keys()]) this.remove(key);
  }

  #retain(uri: string): boolean {
    const known = this.#watched.get(uri);
    if (known) {
      known.count++;
      return true;
    }
    const watching = this.#watch.watch(uri, this.#caller, () => this.#onChange(uri));
    if (watching) this.#watched.set(uri, { count: 1, watching });
    return watching !== null;
  }

  #release(uri: string): void {
    const watched = this.#watched.get(uri);
    if (!watched || --watched.count > 0) return;
    this.#watched.delete(uri);
    watched.watching.stop();
  }
}
