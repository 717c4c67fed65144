/** Callers within `maxAgeMs` of a result share it, and callers during a load share the load. Failures are not kept. */
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
