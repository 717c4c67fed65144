/** Callers within `maxAgeMs` of a result share it, and callers during a load share the load. Failures are not kept. */
export function shareResult<T>(load: () => Promise<T>, maxAgeMs: number): () => Promise<T> {
  let shared: Promise<T> | undefined;
  let freshUntil = 0;
  return async () => {
    if (shared && performance.now() < freshUntil) return shared;
    freshUntil = Number.POSITIVE_INFINITY;
    const loading = load();
    shared = loading;
    try {
      const result = await loading;
      freshUntil = performance.now() + maxAgeMs;
      return result;
    } catch (error) {
      shared = undefined;
      throw error;
    }
  };
}
