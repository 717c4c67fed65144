import { isListenedOnByOthers } from '../ports/listening.ts';

/** How to know that a child is ready. */
export type Readiness =
  /** GET answers 200, from the child and not from another process on the port. */
  | { url: string }
  /** It printed a line that matches. */
  | { line: RegExp };

const probeIntervalMs = 25;

/**
 * Resolves when the URL answers 200 and the answer comes from process `pid`. Otherwise probes until `signal`
 * aborts, and reports the finding of each probe to `notReadyBecause`.
 */
export async function urlAnswers(
  url: string,
  pid: number,
  signal: AbortSignal,
  notReadyBecause: (reason: string) => void,
): Promise<void> {
  while (!signal.aborted) {
    try {
      const response = await fetch(url, { signal: AbortSignal.any([signal, AbortSignal.timeout(5_000)]) });
      const body = await response.text();
      if (response.status !== 200) {
        notReadyBecause(`GET ${url} answered ${response.status} ${body.slice(0, 500)}`.trim());
      } else if (isListenedOnByOthers(Number(new URL(url).port), pid)) {
        notReadyBecause(`GET ${url} is answered by another process`);
      } else return;
    } catch (error) {
      if (signal.aborted) break;
      notReadyBecause(`GET ${url}: ${(error as Error).message}`);
    }
    await Bun.sleep(probeIntervalMs);
  }
  throw new Error('no longer waiting for readiness', { cause: signal.reason });
}
