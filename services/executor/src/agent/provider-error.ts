import { APIConnectionError, APIError } from 'openai';
import { storableText } from '../attempts/storable-text.ts';
import { ModelError } from '../models/model.ts';
import { redact } from './redact.ts';
import { retryAfterMs } from './retry-after.ts';

/** What error messages need to know of a provider. */
export interface ProviderIdentity {
  readonly host: string;
  /** Never shown; known here so that it can be redacted from what the provider says. */
  readonly apiKey: string | undefined;
}

const DETAIL_LENGTH_MAX = 500;
const CONTEXT_TOO_LONG =
  /context.{0,20}(length|window|size)|maximum context|prompt is too long|too many (input )?tokens/i;

/** Whether the provider answered at all, even if with an error in mid-stream. */
export function isAnswer(error: unknown): error is APIError {
  return error instanceof APIError && !(error instanceof APIConnectionError);
}

/** Turns a provider's error into one that the task's owner may see, and decides whether a retry makes sense. */
export function refusal(error: APIError, provider: ProviderIdentity): ModelError {
  const status = statusOf(error);
  const said = detailOf(error, provider.apiKey);
  const code = codeOf(error);
  if (code === 'insufficient_quota') {
    return final(
      'quota_exceeded',
      `The account at ${provider.host} has no quota left: check its billing.${said}`,
    );
  }
  if (status !== undefined && !isTransient(status)) return rejection(status, code, said, provider);
  const isRateLimit = status === 429 || code === 'rate_limit_exceeded';
  const what = isRateLimit
    ? 'asks to slow down'
    : `failed${status ? ` (HTTP ${status})` : ' in the middle of the answer'}`;
  return new ModelError(
    isRateLimit ? 'rate_limited' : 'provider_error',
    `The model's provider at ${provider.host} ${what}.${said}`,
    { retryable: true, retryAfterMs: retryAfterMs(error.headers) },
  );
}

/** No connection could be made: refused, reset, or no such host. */
export function unreachable(provider: ProviderIdentity, cause: unknown): ModelError {
  const reason = reasonOf(cause, provider);
  const message = `The model's provider at ${provider.host} cannot be reached${reason}. Is it up, and OPENAI_BASE_URL right?`;
  return new ModelError('provider_unreachable', message, { retryable: true });
}

/** The stream ended, for whatever reason, before the turn did. */
export function cutStream(provider: ProviderIdentity, cause?: unknown): ModelError {
  const message = `The answer of the model's provider at ${provider.host} broke off in the middle${reasonOf(cause, provider)}.`;
  return new ModelError('stream_cut', message, { retryable: true });
}

/** The stream is complete, and reports that the turn is not. */
export function endedInError({ host }: ProviderIdentity, reason: string): ModelError {
  const message = `The model's provider at ${host} gave up in the middle of the answer (finish_reason "${reason}").`;
  return new ModelError('provider_error', message, { retryable: true });
}

function rejection(
  status: number,
  code: string,
  said: string,
  { host, apiKey }: ProviderIdentity,
): ModelError {
  if (status >= 300 && status < 400) {
    const remedy = 'set OPENAI_BASE_URL to the address it points to';
    return final('provider_not_found', `The provider at ${host} answers with a redirect: ${remedy}.`);
  }
  if (status === 401) {
    const remedy = apiKey ? 'rejected the key: check' : 'requires a key: set';
    return final(
      'provider_unauthorized',
      `The model's provider at ${host} ${remedy} OPENAI_API_KEY on the executors.`,
    );
  }
  if (status === 403) {
    return final(
      'provider_forbidden',
      `The model's provider at ${host} does not permit this call with the configured key.${said}`,
    );
  }
  if (status === 404) {
    const remedy = 'check the model in MODELS, and OPENAI_BASE_URL';
    return final(
      'provider_not_found',
      `The provider at ${host} does not know the model, or the address is wrong: ${remedy}.${said}`,
    );
  }
  if (status === 413 || code === 'context_length_exceeded' || CONTEXT_TOO_LONG.test(said)) {
    const remedy = 'shorten the prompt, or choose a model with a larger context';
    return final('context_too_long', `The conversation is longer than the model can take: ${remedy}.${said}`);
  }
  if (code === 'content_filter') {
    return final('content_filtered', `The provider's content filter refused the prompt.${said}`);
  }
  return final(
    'provider_rejected',
    `The model's provider at ${host} rejected the request (HTTP ${status}).${said}`,
  );
}

/** An error in mid-stream has no status of its own; some servers put one into its code. */
function statusOf(error: APIError): number | undefined {
  if (error.status !== undefined) return error.status;
  const asNumber = Number(codeOf(error));
  return asNumber >= 400 && asNumber < 600 ? asNumber : undefined;
}

function codeOf({ code }: { readonly code?: unknown }): string {
  return typeof code === 'string' || typeof code === 'number' ? String(code) : '';
}

function isTransient(status: number): boolean {
  return status === 408 || status === 409 || status === 429 || status >= 500;
}

function detailOf({ error, message }: APIError, apiKey: string | undefined): string {
  const own = (error as { message?: unknown } | undefined)?.message;
  const text = typeof own === 'string' ? own : error ? JSON.stringify(error) : message;
  return text ? ` It says: ${excerpt(text, apiKey)}` : '';
}

/** The system's error code, where there is one. */
function reasonOf(error: unknown, { apiKey }: ProviderIdentity): string {
  const cause = error instanceof Error && error.cause instanceof Error ? error.cause : error;
  if (!(cause instanceof Error)) return '';
  return ` (${excerpt('code' in cause && cause.code ? String(cause.code) : cause.message, apiKey)})`;
}

function excerpt(text: string, apiKey: string | undefined): string {
  return storableText(redact(text, apiKey).slice(0, DETAIL_LENGTH_MAX));
}

function final(code: string, message: string): ModelError {
  return new ModelError(code, message);
}
