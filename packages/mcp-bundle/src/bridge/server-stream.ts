import type { BridgeOptions } from './bridge.ts';
import { HttpFailure } from './failure.ts';

const RETRY_MS_MIN = 1_000;
const RETRY_MS_MAX = 30_000;
const NOT_FOUND = 404;
/** Timeout, conflict, too many requests: the 4xx that do not last. */
const TEMPORARY = [408, 409, 429];

export interface ServerStreamEvents {
  /** It hears from now on; what it missed before is unknown. */
  onOpen(): void;
  /** The server no longer knows the session; opening another makes this listen to that one. */
  onLost(headers: Record<string, string>): Promise<void>;
}

/** What a session's server sends unasked: which resources have changed. */
export class ServerStream {
  readonly #options: BridgeOptions;
  readonly #events: ServerStreamEvents;
  #abort = new AbortController();

  constructor(options: BridgeOptions, events: ServerStreamEvents) {
    this.#options = options;
    this.#events = events;
  }

  /** Listens from now on, in place of what it listened to before. */
  open(headers: Record<string, string>): void {
    this.close();
    this.#abort = new AbortController();
    if (headers['mcp-session-id']) void this.#listen(headers, this.#abort.signal);
  }

  close(): void {
    this.#abort.abort();
  }

  async #listen(headers: Record<string, string>, signal: AbortSignal): Promise<void> {
    const { endpoint, write, log } = this.#options;
    for (let delayMs = RETRY_MS_MIN; !signal.aborted; delayMs = Math.min(delayMs * 2, RETRY_MS_MAX)) {
      try {
        const { messages } = await endpoint.listen(headers, signal);
        delayMs = RETRY_MS_MIN;
        this.#events.onOpen();
        for await (const message of messages) write(message);
      } catch (error) {
        if (signal.aborted) return;
        const status = error instanceof HttpFailure ? error.status : undefined;
        if (status === NOT_FOUND) await this.#events.onLost(headers).catch(() => {});
        else if (status && status < 500 && !TEMPORARY.includes(status)) {
          return log(`no news of resources: HTTP ${status}`);
        }
      }
      await new Promise((resolve) => setTimeout(resolve, delayMs));
    }
  }
}
