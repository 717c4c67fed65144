export type BackoffPolicy = {
  initialMs: number;
  maxMs: number;
  /** Having run this long, a child counts as healthy, and its next delay starts from `initialMs` again. */
  healthyAfterMs: number;
};

export const defaultBackoff: BackoffPolicy = { initialMs: 500, maxMs: 10_000, healthyAfterMs: 30_000 };

/** The delay before the next start, after this many failures in a row. */
export function backoffMs({ initialMs, maxMs }: BackoffPolicy, failures: number): number {
  return Math.min(maxMs, initialMs * 2 ** Math.min(30, Math.max(0, failures - 1)));
}
