import type { Server } from 'bun';

/** For the answer that follows a wait. */
const MARGIN_SECONDS = 15;

/** Lets a request be silent for so long: Bun would cut it off as idle. */
export function keepOpen(server: Server<unknown> | null, request: Request, seconds: number): void {
  if (seconds > 0) server?.timeout(request, seconds + MARGIN_SECONDS);
}
