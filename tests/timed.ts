const SAMPLE_MS = 20;

export interface Timed<T> {
  readonly value: T;
  readonly tookMs: number;
  /** The longest that a due timer had to wait meanwhile: limits in milliseconds have to allow for it on a shared machine. */
  readonly stallMs: number;
}

export async function timed<T>(work: () => Promise<T>): Promise<Timed<T>> {
  const begun = performance.now();
  let last = begun;
  let stallMs = 0;
  const sample = () => {
    const now = performance.now();
    stallMs = Math.max(stallMs, now - last - SAMPLE_MS);
    last = now;
  };
  const timer = setInterval(sample, SAMPLE_MS);
  try {
    const value = await work();
    // What came first after a stall may have ended the work.
    sample();
    return { value, tookMs: last - begun, stallMs };
  } finally {
    clearInterval(timer);
  }
}
