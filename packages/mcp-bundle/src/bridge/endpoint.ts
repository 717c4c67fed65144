import { AnswerLost } from './failure.ts';
import type { Message } from './message.ts';
import { type HttpAnswer, readMessages } from './read-messages.ts';
import { watchForSilence } from './silence.ts';

/** A connection that was refused carried nothing: trying again repeats nothing, and hides a restart. */
const RETRY_DELAYS_MS = [200, 400, 800, 1_600];
/** For what no client cancels: Node waits 300 seconds for a connection that has gone silent. */
export const ANSWER_MS_MAX = 10_000;
const BOTH_FORMS = 'application/json, text/event-stream';

/** Millrace's MCP over HTTP. */
export class Endpoint {
  readonly url: URL;
  readonly #authorization: Record<string, string>;

  constructor(url: URL, token: string | undefined) {
    this.url = url;
    this.#authorization = token ? { authorization: `Bearer ${token}` } : {};
  }

  /**
   * Sends a message; what comes back is read from the answer.
   *
   * @throws HttpFailure, AnswerLost if nothing comes for a minute, or whatever fetch throws
   */
  async post(message: Message, headers: Record<string, string>, signal: AbortSignal): Promise<HttpAnswer> {
    const all = { ...headers, 'content-type': 'application/json', accept: BOTH_FORMS };
    const lost = new AbortController();
    const silence = watchForSilence(() => lost.abort(new AnswerLost('nothing came')));
    const either = AbortSignal.any([signal, lost.signal]);
    try {
      const response = await this.#fetch('POST', all, either, JSON.stringify(message));
      return await readMessages(response, silence.heard);
    } finally {
      silence.stop();
    }
  }

  /** What a session's server sends unasked. */
  async listen(headers: Record<string, string>, signal: AbortSignal): Promise<HttpAnswer> {
    const late = new AbortController();
    const timer = setTimeout(() => late.abort(), ANSWER_MS_MAX);
    const either = AbortSignal.any([signal, late.signal]);
    try {
      return await readMessages(
        await this.#fetch('GET', { ...headers, accept: 'text/event-stream' }, either),
      );
    } finally {
      clearTimeout(timer);
    }
  }

  async endSession(headers: Record<string, string>, signal: AbortSignal): Promise<void> {
    const response = await this.#fetch('DELETE', headers, signal);
    await response.body?.cancel();
  }

  async #fetch(
    method: string,
    headers: Record<string, string>,
    signal: AbortSignal,
    body?: string,
  ): Promise<Response> {
    for (let attempt = 0; ; attempt++) {
      try {
        return await fetch(this.url, {
          method,
          headers: { ...headers, ...this.#authorization },
          // A token is for this address and no other.
          redirect: 'manual',
          ...(body !== undefined && { body }),
          signal,
        });
      } catch (error) {
        const delayMs = RETRY_DELAYS_MS[attempt];
        if (delayMs === undefined || !wasRefused(error)) throw error;
        await new Promise((resolve) => setTimeout(resolve, delayMs));
        signal.throwIfAborted();
      }
    }
  }
}

/** Node says ECONNREFUSED; where a name has several addresses, of each of them. */
function wasRefused(error: unknown): boolean {
  const { cause } = Object(error) as { cause?: { code?: unknown } };
  return cause?.code === 'ECONNREFUSED';
}
