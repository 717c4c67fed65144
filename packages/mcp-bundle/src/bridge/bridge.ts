import type { Endpoint } from './endpoint.ts';
import { AnswerLost, explain } from './failure.ts';
import { LegacySession } from './legacy-session.ts';
import {
  isAnswerTo,
  isRequest,
  type Message,
  type MessageId,
  ownRevision,
  PARSE_ERROR,
  parseMessage,
  type Request,
} from './message.ts';
import type { HttpAnswer } from './read-messages.ts';
import { revisionHeaders } from './revision-headers.ts';

export interface BridgeOptions {
  readonly endpoint: Endpoint;
  write(message: Message): void;
  log(text: string): void;
}

interface Open {
  readonly abort: AbortController;
  readonly revision: string | undefined;
  /** False for a subscription, which is answered when it ends. */
  readonly awaited: boolean;
}

/**
 * Forwards what a client sends over stdio to Millrace over HTTP, and what comes back to the client. It offers
 * nothing of its own: whatever a newer server adds, its clients can use. Each request is a POST, whose answer
 * may begin with notifications.
 */
export class Bridge {
  readonly #options: BridgeOptions;
  readonly #session: LegacySession;
  readonly #open = new Map<MessageId, Open>();
  #onDrained: (() => void) | undefined;

  constructor(options: BridgeOptions) {
    this.#options = options;
    this.#session = new LegacySession(options);
  }

  receive(line: string): void {
    const message = parseMessage(line);
    if (typeof message === 'number') {
      const reason =
        message === PARSE_ERROR ? 'This line is not JSON.' : 'This line is not a message of JSON-RPC 2.0.';
      this.#options.write({ jsonrpc: '2.0', id: null, error: { code: message, message: reason } });
    } else if (isRequest(message)) {
      void this.#request(message);
    } else if (message.method === 'notifications/cancelled') {
      void this.#cancel(message);
    } else {
      void this.#session.notify(message);
    }
  }

  /** Waits for outstanding answers, but not for subscriptions. */
  async close(drainMs: number): Promise<void> {
    const drained = new Promise<void>((resolve) => {
      this.#onDrained = resolve;
    });
    this.#settle();
    await Promise.race([drained, new Promise((resolve) => setTimeout(resolve, drainMs))]);
    for (const { abort } of this.#open.values()) abort.abort();
    await this.#session.close();
  }

  async #request(request: Request): Promise<void> {
    const { endpoint, write, log } = this.#options;
    const revision = ownRevision(request);
    const abort = new AbortController();
    this.#open.set(request.id, { abort, revision, awaited: request.method !== 'subscriptions/listen' });
    try {
      await this.#passOn(
        request,
        revision === undefined
          ? await this.#session.request(request, abort.signal)
          : await endpoint.post(request, revisionHeaders(request, revision), abort.signal),
      );
    } catch (error) {
      if (abort.signal.aborted) return;
      const explained = explain(error, endpoint.url);
      log(explained.message);
      write({ jsonrpc: '2.0', id: request.id, error: explained });
    } finally {
      this.#open.delete(request.id);
      this.#settle();
    }
  }

  /** @throws AnswerLost */
  async #passOn(request: Request, { messages }: HttpAnswer): Promise<void> {
    let answered = false;
    try {
      for await (const message of messages) {
        answered ||= isAnswerTo(request, message);
        this.#options.write(message);
      }
    } catch (cause) {
      if (!answered) throw new AnswerLost('cut off', { cause });
    }
    if (!answered) throw new AnswerLost('ended');
  }

  /** From 2026-07-28 on a request is cancelled by aborting its POST; before, by telling the server, which then ends the POST. */
  async #cancel(message: Message): Promise<void> {
    const open = this.#open.get(message.params?.requestId as MessageId);
    // Before the server is told: a POST that ends without an answer would count as a lost one.
    open?.abort.abort();
    if (open?.revision === undefined) await this.#session.notify(message);
  }

  #settle(): void {
    if (![...this.#open.values()].some(({ awaited }) => awaited)) this.#onDrained?.();
  }
}
