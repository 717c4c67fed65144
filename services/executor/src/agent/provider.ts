import OpenAI from 'openai';
import type { ChatCompletionChunk, ChatCompletionCreateParamsStreaming } from 'openai/resources';
import { ModelError } from '../models/model.ts';
import { boundedFetch } from './bounded-fetch.ts';
import { cutStream, isAnswer, type ProviderIdentity, refusal, unreachable } from './provider-error.ts';

interface ProviderOptions {
  readonly apiKey: string | undefined;
  readonly baseUrl: string | undefined;
}

const OPENAI_URL = 'https://api.openai.com/v1';
/** Includes regional hosts, and those on Azure. */
const OPENAI_HOST = /(^|\.)openai(\.azure)?\.com$/;
const LONGEST_TIMER_MS = 2_147_483_647;
const FETCH_OPTIONS: object = {
  // Bun's own option, unknown to the package's types: by default Bun gives up after five silent minutes.
  timeout: false,
  // Prompts go where the configuration says, and nowhere else.
  redirect: 'manual',
};

/** A service with OpenAI's chat completions API. */
export class Provider {
  readonly identity: ProviderIdentity;
  /** OpenAI's newer models accept only the first name, other servers often only the second. */
  readonly outputLimitField: 'max_completion_tokens' | 'max_tokens';
  readonly #client: OpenAI;

  constructor({ apiKey, baseUrl }: ProviderOptions) {
    const baseURL = baseUrl ?? OPENAI_URL;
    this.identity = { host: new URL(baseURL).host, apiKey };
    this.outputLimitField = OPENAI_HOST.test(this.identity.host) ? 'max_completion_tokens' : 'max_tokens';
    this.#client = new OpenAI({
      baseURL,
      apiKey: apiKey ?? 'none',
      // Only what is configured here: by default the package reads the environment.
      adminAPIKey: null,
      organization: null,
      project: null,
      webhookSecret: null,
      ...(apiKey === undefined && { defaultHeaders: { Authorization: null } }),
      maxRetries: 0,
      // The task's own deadline applies: a model may think for longer than any default.
      timeout: LONGEST_TIMER_MS,
      fetch: boundedFetch,
      fetchOptions: FETCH_OPTIONS,
      logLevel: 'off',
    });
  }

  /**
   * Requests a turn and yields its chunks as they arrive. Leaving the loop closes the connection, as aborting
   * the signal does.
   *
   * @throws ModelError for any failure of the provider or the network; the signal's reason
   */
  async *stream(
    request: ChatCompletionCreateParamsStreaming,
    signal: AbortSignal,
  ): AsyncGenerator<ChatCompletionChunk, void, void> {
    const create = () => this.#client.chat.completions.create(request, { signal });
    const stream = await this.#attempt(create, signal, unreachable);
    const chunks = stream[Symbol.asyncIterator]();
    try {
      for (;;) {
        const { done, value } = await this.#attempt(() => chunks.next(), signal, cutStream);
        // The package ends an aborted stream as if it were complete.
        signal.throwIfAborted();
        if (done) return;
        yield value;
      }
    } finally {
      stream.controller.abort();
    }
  }

  /** @param connectionError what to throw if the connection fails */
  async #attempt<Answer>(
    ask: () => PromiseLike<Answer>,
    signal: AbortSignal,
    connectionError: (provider: ProviderIdentity, cause: unknown) => ModelError,
  ): Promise<Answer> {
    try {
      return await ask();
    } catch (error) {
      signal.throwIfAborted();
      // The package wraps what `fetch` throws.
      const own = error instanceof Error && error.cause instanceof ModelError ? error.cause : error;
      if (own instanceof ModelError) throw own;
      throw isAnswer(error) ? refusal(error, this.identity) : connectionError(this.identity, error);
    }
  }
}
