import type { BridgeOptions } from './bridge.ts';
import { ANSWER_MS_MAX } from './endpoint.ts';
import { explain, HttpFailure } from './failure.ts';
import { isAnswerTo, type Message, type Request } from './message.ts';
import type { HttpAnswer } from './read-messages.ts';

/** Those that name the session and its revision. */
type Headers = Record<string, string>;

const END_MS_MAX = 200;
const RETRY_MS_MIN = 1_000;
const RETRY_MS_MAX = 30_000;
/** Timeout, conflict, too many requests: the 4xx that do not last. */
const TEMPORARY = [408, 409, 429];

/**
 * The session that clients of revisions before 2026-07-28 have with the server. Over stdio it lasts as long
 * as the process, over HTTP until the server restarts or ends it; the bridge then opens another, and its
 * client need not know.
 */
export class LegacySession {
  readonly #options: BridgeOptions;
  readonly #subscribed = new Set<unknown>();
  #initialize: Request | undefined;
  #headers: Headers = {};
  #reopening: Promise<void> | undefined;
  #notified: Promise<void> = Promise.resolve();
  #reopened = 0;
  /** Ends the stream of what the server sends unasked. */
  #listening = new AbortController();

  constructor(options: BridgeOptions) {
    this.#options = options;
  }

  async request(request: Request, signal: AbortSignal): Promise<HttpAnswer> {
    await this.#notified;
    if (request.method === 'initialize') {
      this.#initialize = request;
      return this.#open(request, signal);
    }
    const answer = await this.#inSession((headers) => this.#options.endpoint.post(request, headers, signal));
    const messages = onResult(request, answer.messages, () => this.#noteSubscription(request));
    return { ...answer, messages };
  }

  /** In order, and before the requests that follow: `initialized` comes first. Never rejects. */
  notify(message: Message): Promise<void> {
    this.#notified = this.#notified.then(() => this.#notify(message));
    return this.#notified;
  }

  async close(): Promise<void> {
    this.#listening.abort();
    if (!this.#headers['mcp-session-id']) return;
    // The server ends it by itself after a while.
    await this.#options.endpoint.endSession(this.#headers, AbortSignal.timeout(END_MS_MAX)).catch(() => {});
  }

  async #notify(message: Message): Promise<void> {
    const { endpoint, log } = this.#options;
    try {
      await this.#inSession((headers) => endpoint.post(message, headers, AbortSignal.timeout(ANSWER_MS_MAX)));
    } catch (error) {
      log(`${message.method ?? 'an answer'}: ${explain(error, endpoint.url).message}`);
    }
    // Even if the server was not told: it answers all the same.
    if (message.method === 'notifications/initialized') this.#listenAgain();
  }

  async #inSession(send: (headers: Headers) => Promise<HttpAnswer>): Promise<HttpAnswer> {
    await this.#reopening?.catch(() => {});
    const headers = this.#headers;
    try {
      return await send(headers);
    } catch (error) {
      if (!isSessionLost(error, headers)) throw error;
      await this.#reopen(headers);
      return send(this.#headers);
    }
  }

  async #open(request: Request, signal: AbortSignal): Promise<HttpAnswer> {
    const { headers, messages } = await this.#options.endpoint.post(request, {}, signal);
    const id = headers.get('mcp-session-id');
    const noteRevision = ({ protocolVersion: revision }: Readonly<Record<string, unknown>>) => {
      if (typeof revision !== 'string') return;
      this.#headers = { 'mcp-protocol-version': revision, ...(id && { 'mcp-session-id': id }) };
    };
    return { headers, messages: onResult(request, messages, noteRevision) };
  }

  /** @param lost the headers that were sent; all calls that found that session lost wait for the same new one */
  async #reopen(lost: Headers): Promise<void> {
    if (this.#headers === lost) {
      this.#reopening ??= this.#openAgain(lost).finally(() => {
        this.#reopening = undefined;
      });
    }
    await this.#reopening;
  }

  async #openAgain(lost: Headers): Promise<void> {
    const { endpoint, log } = this.#options;
    if (!this.#initialize) return;
    const own = (method: string, params: Message['params'] = {}): Request => {
      return { jsonrpc: '2.0', id: `millrace-bridge-${++this.#reopened}`, method, params };
    };
    const post = (message: Message) =>
      endpoint.post(message, this.#headers, AbortSignal.timeout(ANSWER_MS_MAX));
    try {
      const initialize = own('initialize', this.#initialize.params);
      const { messages } = await this.#open(initialize, AbortSignal.timeout(ANSWER_MS_MAX));
      for await (const { error } of messages) if (error) throw new HttpFailure(200, error);
      await post({ jsonrpc: '2.0', method: 'notifications/initialized' });
      for (const uri of this.#subscribed) {
        const answer = await post(own('resources/subscribe', { uri }));
        for await (const { error } of answer.messages)
          if (error) log(`no more news of ${uri}: ${error.message}`);
      }
    } catch (error) {
      // A half-opened session is none: the next call that finds the old one lost starts over.
      this.#headers = lost;
      throw error;
    }
    this.#listenAgain();
    log('the server no longer knew the session; continuing in a new one');
  }

  /** Listens to what the server sends unasked in the present session, and no longer to that of an earlier one. */
  #listenAgain(): void {
    this.#listening.abort();
    this.#listening = new AbortController();
    if (this.#headers['mcp-session-id']) void this.#listen(this.#headers, this.#listening.signal);
  }

  async #listen(headers: Headers, signal: AbortSignal): Promise<void> {
    const { endpoint, write, log } = this.#options;
    for (let delayMs = RETRY_MS_MIN; !signal.aborted; delayMs = Math.min(delayMs * 2, RETRY_MS_MAX)) {
      try {
        const { messages } = await endpoint.listen(headers, signal);
        delayMs = RETRY_MS_MIN;
        this.#tellAll();
        for await (const message of messages) write(message);
      } catch (error) {
        if (signal.aborted) return;
        const status = error instanceof HttpFailure ? error.status : undefined;
        if (isSessionLost(error, headers)) await this.#reopen(headers).catch(() => {});
        else if (status && status < 500 && !TEMPORARY.includes(status)) {
          return log(`no news of resources: HTTP ${status}`);
        }
      }
      await new Promise((resolve) => setTimeout(resolve, delayMs));
    }
  }

  /** Tells the client that whatever it subscribed to may have changed: what was missed before is unknown. */
  #tellAll(): void {
    for (const uri of this.#subscribed) {
      this.#options.write({ jsonrpc: '2.0', method: 'notifications/resources/updated', params: { uri } });
    }
  }

  #noteSubscription({ method, params }: Request): void {
    if (method === 'resources/subscribe') this.#subscribed.add(params?.uri);
    if (method === 'resources/unsubscribe') this.#subscribed.delete(params?.uri);
  }
}

/** The same messages; `note` is called with the result of the request as it passes. */
async function* onResult(
  request: Request,
  messages: AsyncIterable<Message>,
  note: (result: NonNullable<Message['result']>) => void,
): AsyncGenerator<Message> {
  for await (const message of messages) {
    if (isAnswerTo(request, message) && message.result) note(message.result);
    yield message;
  }
}

function isSessionLost(error: unknown, headers: Headers): boolean {
  return error instanceof HttpFailure && error.status === 404 && headers['mcp-session-id'] !== undefined;
}
