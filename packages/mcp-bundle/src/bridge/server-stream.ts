import type { BridgeOptions } from './bridge.ts';
import { HttpFailure } from './failure.ts';

const RETRY_MS_MIN = 1_000;
const RETRY_MS_MAX = 30_000;
const NOT_FOUND = 404;
/** A timeout, a conflict, too many requests: of the answers that blame the request the ones that do not last. */
const PASSING = [408, 409, 429];

export interface ServerStreamEvents {
  /** From now on it hears; of what was before nobody knows what it missed. */
  onOpen(): void;
  /** The server does not know the session any more; whoever opens another has this listen to that one. */
  onLost(headers: Record<string, string>): Promise<void>;
}

/** What the server of a session says of its own accord: which resources have changed. */
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
        else if (status && status < 500 && !PASSING.includes(status)) {
          return log(`no news of resources: HTTP ${status}`);
        }
      }
      await new Promise((resolve) => setTimeout(resolve, delayMs));
    }
  }
}
