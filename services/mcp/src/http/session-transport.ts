import {
  type JSONRPCMessage,
  type RequestId,
  WebStandardStreamableHTTPServerTransport,
} from '@modelcontextprotocol/server';
import { findResource, isAboutTask } from '../resources/find-resource.ts';
import { newsStream } from './news-stream.ts';
import { cancelledId, refuseId, requestIds } from './request-ids.ts';

type Sdk = WebStandardStreamableHTTPServerTransport;

/** One POST, whose requests are answered over one stream. */
interface Exchange {
  unanswered: number;
  readonly cancelled: RequestId[];
}

/**
 * The SDK's transport of one session, with three differences. The SDK ends the stream of a POST once all of
 * its requests are answered, which a cancelled one never is: here the stream, and its connection, ends
 * without it. It sends an answer to the last request with that id: here no two in progress may share one. And
 * it refuses a new GET stream while it believes the last one open, minutes after a laptop has changed its
 * network: here the new one replaces it, and repeats the last change of each resource, because nobody knows
 * what the last stream delivered.
 */
export class SessionTransport extends WebStandardStreamableHTTPServerTransport {
  /** Whether its client has ever subscribed to a task, and may hold a place for that. */
  mayWatchTasks = false;
  readonly #exchanges = new Map<RequestId, Exchange>();
  /** Streams of GETs: the newest, and for a moment the one that it replaces. */
  #streams = 0;
  #usedAt = Date.now();
  /** The last news of each resource that is subscribed to, by its URI. */
  readonly #news = new Map<string, JSONRPCMessage>();

  /** Whether a request is in progress. */
  get isBusy(): boolean {
    return this.#exchanges.size > 0;
  }

  /** A client that listens, or waits for an answer, may send nothing for hours. */
  get isInUse(): boolean {
    return this.isBusy || this.#streams > 0;
  }

  get lastUse(): number {
    return this.isInUse ? Date.now() : this.#usedAt;
  }

  override async handleRequest(
    request: Request,
    options?: Parameters<Sdk['handleRequest']>[1],
  ): Promise<Response> {
    this.#usedAt = Date.now();
    if (request.method === 'GET') return this.#openStream(request);
    const messages = [options?.parsedBody ?? []].flat();
    this.mayWatchTasks ||= messages.map(subscribedResource).some(isTask);
    const ids = requestIds(messages);
    const taken = ids.find((id) => this.#exchanges.has(id));
    if (taken !== undefined) return refuseId(taken, 'is under way in this session');
    const exchange: Exchange = { unanswered: ids.length, cancelled: [] };
    // Before they are handled: an answer may come before the response does.
    for (const id of ids) this.#exchanges.set(id, exchange);
    const response = await super.handleRequest(request, options);
    if (response.status !== 200) for (const id of ids) this.#exchanges.delete(id);
    for (const id of messages.map(cancelledId)) this.#settle(id, 'cancelled');
    for (const uri of messages.map(unsubscribedResource)) if (uri !== undefined) this.#news.delete(uri);
    return response;
  }

  override async send(message: JSONRPCMessage, options?: Parameters<Sdk['send']>[1]): Promise<void> {
    const uri = changedResource(message);
    if (uri !== undefined) this.#news.set(uri, message);
    await super.send(message, options);
    if ('id' in message && !('method' in message)) this.#settle(message.id, 'answered');
  }

  async #openStream(request: Request): Promise<Response> {
    this.closeStandaloneSSEStream();
    const response = await super.handleRequest(request);
    for (const message of this.#news.values()) super.send(message).catch(() => {});
    this.#streams++;
    const news = newsStream(response, () => {
      this.#streams--;
      this.#usedAt = Date.now();
    });
    return news.response;
  }

  #settle(id: RequestId | undefined, how: 'answered' | 'cancelled'): void {
    const exchange = id === undefined ? undefined : this.#exchanges.get(id);
    if (id === undefined || !exchange) return;
    this.#exchanges.delete(id);
    if (how === 'cancelled') exchange.cancelled.push(id);
    if (--exchange.unanswered > 0) return;
    for (const cancelled of exchange.cancelled) {
      this.closeSSEStream(cancelled);
      // With the stream closed, this answer reaches nobody; it makes the SDK forget the request.
      super.send({ jsonrpc: '2.0', id: cancelled, result: {} }).catch(() => {});
    }
  }
}

const changedResource = (message: unknown) => resourceOf('notifications/resources/updated', message);
const subscribedResource = (message: unknown) => resourceOf('resources/subscribe', message);
const unsubscribedResource = (message: unknown) => resourceOf('resources/unsubscribe', message);

/** The URI that a message with this method is about; undefined for any other message. */
function resourceOf(method: string, message: unknown): string | undefined {
  const { method: own, params } = Object(message);
  return own === method ? String(Object(params).uri) : undefined;
}

function isTask(uri: string | undefined): boolean {
  const found = uri === undefined ? null : findResource(uri);
  return found !== null && isAboutTask(found);
}
