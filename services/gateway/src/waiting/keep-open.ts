import type { Server } from 'bun';

/** Longer than any answer that waits for no task may take: for its turn, a connection and two statements. */
export const IDLE_TIMEOUT_SECONDS = 60;

/** Lets a request stay silent for that much longer before Bun cuts it off as idle. */
export function keepOpen(server: Server<unknown> | null, request: Request, seconds: number): void {
  if (seconds > 0) server?.timeout(request, seconds + IDLE_TIMEOUT_SECONDS);
}
