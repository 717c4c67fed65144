/** Caches the result of `load` for `maxAgeMs`; concurrent callers share one load. Failures are not cached. */
export function shareResult<T>(load: () => Promise<T>, maxAgeMs: number): () => Promise<T> {
  let shared: Promise<T> | undefined;
  let expiresAt = 0;
  return () => {
    if (shared && performance.now() < expiresAt) return shared;
    expiresAt = Number.POSITIVE_INFINITY;
    const loading = load();
    shared = loading;
    loading.then(
      () => {
        expiresAt = performance.now() + maxAgeMs;
      },
      () => {
        shared = undefined;
      },
    );
    return loading;
  };
}

/** Beyond this, the least recently used are dropped. */
const SHARED_MAX = 1_000;

/** Like `shareResult`, for many inputs, told apart by their keys. */
export function shareEach<Input, T>(
  load: (input: Input) => Promise<T>,
  keyOf: (input: Input) => unknown,
  maxAgeMs: number,
): (input: Input) => Promise<T> {
  const shared = new Map<unknown, () => Promise<T>>();
  return (input) => {
    const key = keyOf(input);
    const get = shared.get(key) ?? shareResult(() => load(input), maxAgeMs);
    // Move the most recently used to the end.
    shared.delete(key);
    shared.set(key, get);
    for (const [oldest] of shared) {
      if (shared.size <= SHARED_MAX) break;
      shared.delete(oldest);
    }
    return get();
  };
}
