import type { LiveEvent } from '@millrace/contracts';
import { formatPosition, type Position } from './position.ts';

/** An event and the position after it. */
export interface PlacedEvent {
  readonly position: Position;
  readonly event: LiveEvent;
}

/** How long a client that was cut off waits before it reconnects; spread out, since a gateway that stops cuts off all at once. */
const RETRY_MS = 1_000;
const RETRY_SPREAD_MS = 1_000;

// Only events end in a blank line: some clients, such as httpx-sse and fetch-event-source, take every blank
// line for an event.

/** Keeps proxies and Bun from taking a quiet stream for a dead one. */
export const KEEP_ALIVE_LINE = ': keep-alive\n';

export function retryLine(): string {
  return `retry: ${RETRY_MS + Math.floor(Math.random() * RETRY_SPREAD_MS)}\n`;
}

/**
 * In Server-Sent Events format; JSON text has no line breaks. The id comes last: clients that store it as
 * soon as they read it, as fetch-event-source does, lose no event that was cut off midway.
 */
export function eventFrame({ position, event }: PlacedEvent): string {
  return `event: ${event.type}\ndata: ${JSON.stringify(event.data)}\nid: ${formatPosition(position)}\n\n`;
}
