import type { Server } from 'bun';

/** Longer than any answer takes that waits for nobody's task: for its turn, for a connection, and for two statements. */
export const IDLE_TIMEOUT_SECONDS = 60;

/** Lets a request be silent for so much longer: Bun would cut it off as idle. */
export function keepOpen(server: Server<unknown> | null, request: Request, seconds: number): void {
  if (seconds > 0) server?.timeout(request, seconds + IDLE_TIMEOUT_SECONDS);
}
