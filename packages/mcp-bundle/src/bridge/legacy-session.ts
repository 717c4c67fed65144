import type { BridgeOptions } from './bridge.ts';
import { explain, HttpFailure } from './failure.ts';
import { isAnswerTo, type Message, type Request } from './message.ts';
import type { HttpAnswer } from './read-messages.ts';
import { ServerStream } from './server-stream.ts';

type Headers = Record<string, string>;

const END_MS_MAX = 200;

/**
 * The session that clients of revisions before 2026-07-28 have with the server. Over stdio it lasts as long as the process, over HTTP
 * until the server restarts or ends it; the bridge then opens another, and its client need not know.
 */
export class LegacySession {
  readonly #options: BridgeOptions;
  readonly #stream: ServerStream;
  readonly #subscribed = new Set<unknown>();
  #initialize: Request | undefined;
  #headers: Headers = {};
  #isReopening = false;
  #reopening: Promise<void> = Promise.resolve();
  #notified: Promise<void> = Promise.resolve();
  #reopened = 0;

  constructor(options: BridgeOptions) {
    this.#options = options;
    this.#stream = new ServerStream(options, {
      onOpen: () => this.#tellAll(),
      onLost: (headers) => this.#reopen(headers),
    });
  }

  async request(request: Request, signal: AbortSignal): Promise<HttpAnswer> {
    await this.#notified;
    if (request.method === 'initialize') {
      this.#initialize = request;
      return this.#open(request, signal);
    }
    const answer = await this.#inSession((headers) => this.#options.endpoint.post(request, headers, signal));
    return { ...answer, messages: this.#noteSubscriptions(request, answer.messages) };
  }

  /** In order, and before the requests that follow: `initialized` comes first. Never rejects. */
  notify(message: Message): Promise<void> {
    this.#notified = this.#notified.then(() => this.#notify(message));
    return this.#notified;
  }

  async close(): Promise<void> {
    this.#stream.close();
    if (!this.#headers['mcp-session-id']) return;
    // The server ends it by itself after a while.
    await this.#options.endpoint.endSession(this.#headers, AbortSignal.timeout(END_MS_MAX)).catch(() => {});
  }

  async #notify(message: Message): Promise<void> {
    const { endpoint, log } = this.#options;
    try {
      await this.#inSession((headers) => endpoint.post(message, headers));
    } catch (error) {
      log(`${message.method ?? 'an answer'}: ${explain(error, endpoint.url).message}`);
    }
    // Even if the server was not told: it answers all the same.
    if (message.method === 'notifications/initialized') this.#stream.open(this.#headers);
  }

  async #inSession(send: (headers: Headers) => Promise<HttpAnswer>): Promise<HttpAnswer> {
    await this.#reopening.catch(() => {});
    const headers = this.#headers;
    try {
      return await send(headers);
    } catch (error) {
      if (!isSessionLost(error, headers)) throw error;
      await this.#reopen(headers);
      return send(this.#headers);
    }
  }

  async #open(request: Request, signal?: AbortSignal): Promise<HttpAnswer> {
    const { headers, messages } = await this.#options.endpoint.post(request, {}, signal);
    const id = headers.get('mcp-session-id');
    return { headers, messages: this.#noteRevision(request, messages, id) };
  }

  /** @param lost the headers that were sent; all calls that found that session lost wait for the same new one */
  #reopen(lost: Headers): Promise<void> {
    if (this.#headers === lost && !this.#isReopening) {
      this.#isReopening = true;
      this.#reopening = this.#openAgain()
        .catch((error: unknown) => {
          // A half-opened session is none: the next call that finds the old one lost starts over.
          this.#headers = lost;
          throw error;
        })
        .finally(() => {
          this.#isReopening = false;
        });
    }
    return this.#reopening;
  }

  async #openAgain(): Promise<void> {
    const { endpoint, log } = this.#options;
    if (!this.#initialize) return;
    const own = (method: string, params: Message['params'] = {}): Request => {
      return { jsonrpc: '2.0', id: `millrace-bridge-${++this.#reopened}`, method, params };
    };
    const request = own('initialize', this.#initialize.params);
    const { messages } = await this.#open(request);
    for await (const message of messages)
      if (message.error) throw new HttpFailure(200, JSON.stringify(message));
    await endpoint.post({ jsonrpc: '2.0', method: 'notifications/initialized' }, this.#headers);
    for (const uri of this.#subscribed) {
      const answer = await endpoint.post(own('resources/subscribe', { uri }), this.#headers);
      for await (const { error } of answer.messages)
        if (error) log(`no more news of ${uri}: ${error.message}`);
    }
    this.#stream.open(this.#headers);
    log('the server no longer knew the session; continuing in a new one');
  }

  /** Tells the client that whatever it subscribed to may have changed. */
  #tellAll(): void {
    for (const uri of this.#subscribed) {
      this.#options.write({ jsonrpc: '2.0', method: 'notifications/resources/updated', params: { uri } });
    }
  }

  async *#noteRevision(request: Request, messages: AsyncIterable<Message>, id: string | null) {
    for await (const message of messages) {
      const revision = isAnswerTo(request, message) ? message.result?.protocolVersion : undefined;
      if (typeof revision === 'string') {
        this.#headers = { 'mcp-protocol-version': revision, ...(id && { 'mcp-session-id': id }) };
      }
      yield message;
    }
  }

  async *#noteSubscriptions(request: Request, messages: AsyncIterable<Message>) {
    for await (const message of messages) {
      if (isAnswerTo(request, message) && message.result) {
        if (request.method === 'resources/subscribe') this.#subscribed.add(request.params?.uri);
        if (request.method === 'resources/unsubscribe') this.#subscribed.delete(request.params?.uri);
      }
      yield message;
    }
  }
}

function isSessionLost(error: unknown, headers: Headers): boolean {
  return error instanceof HttpFailure && error.status === 404 && headers['mcp-session-id'] !== undefined;
}
