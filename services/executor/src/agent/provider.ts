import OpenAI from 'openai';
import type { ChatCompletionChunk, ChatCompletionCreateParamsStreaming } from 'openai/resources';
import { ModelError } from '../models/model.ts';
import { boundedFetch } from './bounded-fetch.ts';
import { cutStream, isAnswer, type ProviderIdentity, refusal, unreachable } from './provider-error.ts';

export interface ProviderOptions {
  readonly apiKey: string | undefined;
  readonly baseUrl: string | undefined;
}

const OPENAI_URL = 'https://api.openai.com/v1';
/** Its regional hosts too, and those on Azure. */
const OPENAI_HOST = /(^|\.)openai(\.azure)?\.com$/;
const LONGEST_TIMER_MS = 2_147_483_647;
const FETCH_OPTIONS: object = {
  // Bun's own option, which the package does not know of; it would give up after five silent minutes.
  timeout: false,
  // Prompts go where the configuration says, and nowhere else.
  redirect: 'manual',
};

/** A service that speaks OpenAI's chat completions. */
export class Provider {
  readonly identity: ProviderIdentity;
  /** OpenAI itself, and not another's server that speaks like it. */
  readonly isOpenAi: boolean;
  readonly #client: OpenAI;

  constructor({ apiKey, baseUrl }: ProviderOptions) {
    const baseURL = baseUrl ?? OPENAI_URL;
    this.identity = { host: new URL(baseURL).host, apiKey };
    this.isOpenAi = OPENAI_HOST.test(this.identity.host);
    this.#client = new OpenAI({
      baseURL,
      apiKey: apiKey ?? 'none',
      // Nothing but what is configured: the package would look into the environment.
      adminAPIKey: null,
      organization: null,
      project: null,
      webhookSecret: null,
      ...(apiKey === undefined && { defaultHeaders: { Authorization: null } }),
      maxRetries: 0,
      // The task's own deadline counts: a model may think for longer than any default.
      timeout: LONGEST_TIMER_MS,
      fetch: boundedFetch,
      fetchOptions: FETCH_OPTIONS,
      logLevel: 'off',
    });
  }

  /**
   * Asks for a turn, and gives its pieces as they come. Whoever stops reading closes the connection, as the signal does.
   *
   * @throws ModelError for whatever the provider or the network does; the signal's reason
   */
  async *stream(
    request: ChatCompletionCreateParamsStreaming,
    signal: AbortSignal,
  ): AsyncGenerator<ChatCompletionChunk, void, void> {
    const create = () => this.#client.chat.completions.create(request, { signal });
    const stream = await this.#attempt(create, signal, unreachable);
    const pieces = stream[Symbol.asyncIterator]();
    try {
      for (;;) {
        const { done, value } = await this.#attempt(() => pieces.next(), signal, cutStream);
        // The package ends an aborted stream as if it were complete.
        signal.throwIfAborted();
        if (done) return;
        yield value;
      }
    } finally {
      stream.controller.abort();
    }
  }

  /** @param broken what it means if the connection fails */
  async #attempt<Answer>(
    ask: () => PromiseLike<Answer>,
    signal: AbortSignal,
    broken: (provider: ProviderIdentity, cause: unknown) => ModelError,
  ): Promise<Answer> {
    try {
      return await ask();
    } catch (error) {
      signal.throwIfAborted();
      // The package wraps what `fetch` throws.
      const own = error instanceof Error && error.cause instanceof ModelError ? error.cause : error;
      if (own instanceof ModelError) throw own;
      throw isAnswer(error) ? refusal(error, this.identity) : broken(this.identity, error);
    }
  }
}
