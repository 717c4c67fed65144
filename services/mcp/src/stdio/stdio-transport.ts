import { PassThrough } from 'node:stream';
import {
  isJSONRPCErrorResponse,
  isJSONRPCNotification,
  isJSONRPCRequest,
  isJSONRPCResultResponse,
  type JSONRPCMessage,
  type RequestId,
  type Transport,
} from '@modelcontextprotocol/server';
import { StdioServerTransport } from '@modelcontextprotocol/server/stdio';
import { refuseListening } from '../tasks-extension/refuse-listening.ts';
import { listenedUris, listenTo, refuseManyUris } from '../watching/listened-uris.ts';

/** What is not answered by then, a statement that hangs, is not worth waiting for: the process is to be gone within a second. */
const DRAIN_TIMEOUT_MS = 500;

export interface StdioTransportOptions {
  /**
   * A subscription began; the SDK serves it, and knows nothing of what its resources are.
   *
   * @returns those of them that are watched
   */
  onListen(id: RequestId, uris: readonly string[]): readonly string[];
  /** A request was cancelled, and with it a subscription if it was one. */
  onUnlisten(id: RequestId): void;
  /** Nothing more will be asked. */
  onEnd(): void;
}

/**
 * Standard input and output, as the SDK has them, but requests under way when input ends are still answered:
 * `printf … | bun main.ts --stdio` gets what it asked for. Closes after that, or as soon as output fails.
 */
export class StdioTransport implements Transport {
  onmessage?: NonNullable<Transport['onmessage']>;
  onerror?: (error: Error) => void;
  onclose?: () => void;
  readonly #unanswered = new Set<RequestId>();
  readonly #inner: StdioServerTransport;
  readonly #closed = Promise.withResolvers<void>();
  readonly #options: StdioTransportOptions;
  #ended = false;

  constructor(options: StdioTransportOptions) {
    this.#options = options;
    // The SDK's transport closes when its input ends; this one decides when that is.
    const input = new PassThrough();
    process.stdin.pipe(input, { end: false });
    process.stdin.once('end', () => this.#drain());
    process.stdin.once('close', () => this.#drain());
    this.#inner = new StdioServerTransport(input, process.stdout);
    this.#inner.onmessage = (message) => this.#receive(message);
    this.#inner.onerror = (error) => this.onerror?.(error);
    this.#inner.onclose = () => {
      this.onclose?.();
      this.#closed.resolve();
    };
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

  start(): Promise<void> {
    return this.#inner.start();
  }

  async send(message: JSONRPCMessage): Promise<void> {
    await this.#inner.send(message);
    if (isJSONRPCResultResponse(message) || isJSONRPCErrorResponse(message)) this.#settle(message.id);
  }

  close(): Promise<void> {
    return this.#inner.close();
  }

  #receive(message: JSONRPCMessage): void {
    const refused = refuseListening(message) ?? refuseManyUris(message);
    if (refused) {
      void this.#inner.send(refused);
      return;
    }
    if (isJSONRPCRequest(message)) {
      const uris = listenedUris(message);
      // A subscription is answered when it ends, which nobody waits for here.
      if (uris) {
        this.onmessage?.(listenTo(message, this.#options.onListen(message.id, uris)));
        return;
      }
      this.#unanswered.add(message.id);
    } else if (isJSONRPCNotification(message) && message.method === 'notifications/cancelled') {
      const id = message.params?.requestId as RequestId | undefined;
      if (id !== undefined) this.#options.onUnlisten(id);
      this.#settle(id);
    }
    this.onmessage?.(message);
  }

  #settle(id: RequestId | undefined): void {
    if (id !== undefined) this.#unanswered.delete(id);
    if (this.#ended && this.#unanswered.size === 0) void this.close();
  }

  #drain(): void {
    if (this.#ended) return;
    this.#ended = true;
    this.#options.onEnd();
    setTimeout(() => void this.close(), DRAIN_TIMEOUT_MS);
    // Input may still hold lines that were not read.
    setImmediate(() => this.#settle(undefined));
  }
}
