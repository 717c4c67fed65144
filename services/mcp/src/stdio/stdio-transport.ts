import {
  isJSONRPCErrorResponse,
  isJSONRPCNotification,
  isJSONRPCRequest,
  isJSONRPCResultResponse,
  type JSONRPCMessage,
  type JSONRPCRequest,
  type RequestId,
  serializeMessage,
  type Transport,
} from '@modelcontextprotocol/server';
import { listenTo, parseListenRequest } from '../watching/listen-request.ts';
import type { UriSubscriptions } from '../watching/uri-subscriptions.ts';
import { parseLine } from './parse-line.ts';
import { readLines } from './read-lines.ts';

/** What takes longer, as a statement that hangs, is not worth waiting for: the process must be gone within a second. */
const DRAIN_TIMEOUT_MS = 500;

/**
 * Standard input and output. Unlike the SDK's transport it answers every request that came before the end of
 * input, an unterminated last line, and lines that are not messages: `printf … | bun main.ts --stdio` gets
 * what it asked for. Then, or as soon as output fails, it closes.
 */
export class StdioTransport implements Transport {
  onmessage?: NonNullable<Transport['onmessage']>;
  onerror?: (error: Error) => void;
  onclose?: () => void;
  /** Ids of requests, and a symbol for each line that is not a message. */
  readonly #unanswered = new Set<RequestId | symbol>();
  /** Ids of subscriptions that are not acknowledged yet. */
  readonly #beginning = new Set<RequestId>();
  /** Resolves once the SDK has the first message, by which it knows the revision: nothing may overtake it. */
  #opened: Promise<void> | undefined;
  readonly #closed = Promise.withResolvers<void>();
  readonly #subscriptions: UriSubscriptions;
  readonly #onEnd: () => void;
  #ended = false;
  #isClosed = false;

  /**
   * @param subscriptions of `subscriptions/listen`, which the SDK serves without knowing what its resources are
   * @param onEnd called when no more requests will come
   */
  constructor(subscriptions: UriSubscriptions, onEnd: () => void) {
    this.#subscriptions = subscriptions;
    this.#onEnd = onEnd;
  }

  /** Resolves when the connection is over, whoever ended it. */
  get closed(): Promise<void> {
    return this.#closed.promise;
  }

  /** Answers what was asked, as when input ends, and closes. */
  async end(): Promise<void> {
    this.#drain();
    await this.closed;
  }

  async start(): Promise<void> {
    process.stdout.on('error', (error) => {
      this.onerror?.(error);
      void this.close();
    });
    void this.#read();
  }

  async send(message: JSONRPCMessage): Promise<void> {
    await write(message);
    if (!isJSONRPCResultResponse(message) && !isJSONRPCErrorResponse(message)) return;
    // A subscription that is answered was refused, or is over.
    this.#subscriptions.remove(message.id);
    this.#settle(message.id);
  }

  async close(): Promise<void> {
    if (this.#isClosed) return;
    this.#isClosed = true;
    this.onclose?.();
    this.#closed.resolve();
  }

  async #read(): Promise<void> {
    try {
      for await (const line of readLines(process.stdin)) {
        const { message, refusal } = parseLine(line);
        if (message) this.#receive(message);
        else this.#refuse(refusal, 'a line is not a message');
      }
    } catch (error) {
      this.onerror?.(error as Error);
    }
    this.#drain();
  }

  #refuse(refusal: JSONRPCMessage, reason: string): void {
    this.onerror?.(new Error(reason));
    const key = Symbol('refusal');
    this.#unanswered.add(key);
    void write(refusal)
      .catch(() => {})
      .then(() => this.#settle(key));
  }

  #receive(message: JSONRPCMessage): void {
    if (isJSONRPCRequest(message)) {
      const listen = parseListenRequest(message);
      if (listen?.refusal) {
        this.#refuse(listen.refusal, listen.refusal.error.message);
        return;
      }
      // Not one of the unanswered: a subscription is answered only when it ends.
      if (listen) {
        const begun = this.#listen(message, listen.uris);
        this.#opened ??= begun;
        return;
      }
      this.#unanswered.add(message.id);
    } else if (isJSONRPCNotification(message) && message.method === 'notifications/cancelled') {
      const id = message.params?.requestId as RequestId | undefined;
      if (id !== undefined) {
        this.#subscriptions.remove(id);
        // The SDK has not seen it yet, and must not.
        if (this.#beginning.delete(id)) return;
      }
      this.#settle(id);
    }
    this.#opened ??= Promise.resolve();
    void this.#opened.then(() => this.onmessage?.(message));
  }

  async #listen(message: JSONRPCRequest, uris: readonly string[]): Promise<void> {
    const { watched, begun } = this.#subscriptions.add(message.id, uris);
    this.#beginning.add(message.id);
    await Promise.all([begun, this.#opened]);
    if (this.#beginning.delete(message.id)) this.onmessage?.(listenTo(message, watched));
  }

  #settle(id: RequestId | symbol | undefined): void {
    if (id !== undefined) this.#unanswered.delete(id);
    if (this.#ended && this.#unanswered.size === 0) void this.close();
  }

  #drain(): void {
    this.#ended = true;
    this.#onEnd();
    setTimeout(() => void this.close(), DRAIN_TIMEOUT_MS);
    // Input may still hold lines that have not been read.
    setImmediate(() => this.#settle(undefined));
  }
}

/** Resolves once it is written: the process may end after that. */
function write(message: JSONRPCMessage): Promise<void> {
  return new Promise((resolve, reject) => {
    process.stdout.write(serializeMessage(message), (error) => (error ? reject(error) : resolve()));
  });
}
