import { describe, expect, test } from 'bun:test';
import { APIConnectionError, APIError } from 'openai';
import { cutStream, isAnswer, refusal, unreachable } from './provider-error.ts';
import { retryAfterMs } from './retry-after.ts';

const API_KEY = 'key-0123456789abcdef';
const provider = { host: 'models.example', apiKey: API_KEY };

function answered(
  status: number | undefined,
  error: object | undefined,
  headers: Record<string, string> = {},
) {
  const failure = new APIError(status, error, undefined, new Headers(headers));
  expect(isAnswer(failure)).toBe(true);
  return refusal(failure, provider);
}

describe('an error from a provider', () => {
  test.each<[number | undefined, object | undefined, string, RegExp]>([
    [
      429,
      { message: 'Too fast', code: 'rate_limit_exceeded' },
      'rate_limited',
      /to slow down\. It says: Too fast$/,
    ],
    [429, undefined, 'rate_limited', /asks to slow down/],
    [undefined, { message: 'Too fast', code: 'rate_limit_exceeded' }, 'rate_limited', /It says: Too fast$/],
    [408, undefined, 'provider_error', /HTTP 408/],
    [409, undefined, 'provider_error', /HTTP 409/],
    [500, undefined, 'provider_error', /failed \(HTTP 500\)/],
    [503, { message: 'overloaded' }, 'provider_error', /HTTP 503.* It says: overloaded$/],
    [undefined, { message: 'overloaded' }, 'provider_error', /failed in the middle of the answer/],
    [undefined, { message: 'gone', code: 502 }, 'provider_error', /HTTP 502/],
    [undefined, { message: {}, code: { toString: 1 } }, 'provider_error', /in the middle/],
  ])('is temporary: %p %j is %s', (status, error, code, message) => {
    const failure = answered(status, error);
    expect(failure).toMatchObject({ code, retryable: true });
    expect(failure.message).toMatch(message);
  });

  test.each<[number | undefined, object | undefined, string, RegExp]>([
    [401, { message: `Incorrect API key provided: ${API_KEY}` }, 'provider_unauthorized', /OPENAI_API_KEY/],
    [403, { message: 'not in your region' }, 'provider_forbidden', /not in your region/],
    [404, { message: 'no such model' }, 'provider_not_found', /MODELS.*OPENAI_BASE_URL.*no such model/],
    [307, undefined, 'provider_not_found', /redirect.*OPENAI_BASE_URL/],
    [400, { message: 'bad temperature' }, 'provider_rejected', /HTTP 400.*bad temperature/],
    [422, { message: 'bad field' }, 'provider_rejected', /HTTP 422.*bad field/],
    [400, { message: 'too much', code: 'context_length_exceeded' }, 'context_too_long', /shorten the prompt/],
    [400, { message: "This model's maximum context length is 8192 tokens" }, 'context_too_long', /8192/],
    [400, { message: 'the request exceeds the available context size' }, 'context_too_long', /shorten/],
    [413, undefined, 'context_too_long', /shorten/],
    [400, { message: 'filtered', code: 'content_filter' }, 'content_filtered', /filtered/],
    [429, { message: 'check your plan', code: 'insufficient_quota' }, 'quota_exceeded', /billing/],
    [undefined, { message: 'context window', code: 400 }, 'context_too_long', /shorten/],
  ])('is permanent: %p %j is %s', (status, error, code, message) => {
    const failure = answered(status, error);
    expect(failure).toMatchObject({ code, retryable: false });
    expect(failure.message).toMatch(message);
  });

  test('says whether a key is wrong or missing', () => {
    const unauthorized = new APIError(401, undefined, undefined, new Headers());
    expect(refusal(unauthorized, provider).message).toContain('rejected the key: check OPENAI_API_KEY');
    const { message } = refusal(unauthorized, { ...provider, apiKey: undefined });
    expect(message).toContain('requires a key: set OPENAI_API_KEY');
  });

  test('says how long to wait', () => {
    expect(answered(429, undefined, { 'retry-after': '7' }).retryAfterMs).toBe(7_000);
    expect(answered(503, undefined).retryAfterMs).toBeNull();
  });
});

describe('keys', () => {
  test.each([
    `You sent ${API_KEY}, twice ${API_KEY}`,
    'Authorization: Bearer eyJhbGciOi.x.y is wrong, and so is bearer eyJhbGciOi.x.z',
    'Incorrect API key provided: sk-proj-****************abcd, then sk-proj-abcd.',
  ])('are removed from %p', (message) => {
    for (const status of [400, 401, 403, 404, 429, 500]) {
      const shown = answered(status, { message }).message;
      expect(shown).not.toContain(API_KEY);
      expect(shown).not.toMatch(/eyJhbGciOi|sk-proj/);
    }
  });

  test('are removed from a body without a message, and from network errors', () => {
    expect(answered(400, { param: API_KEY }).message).not.toContain(API_KEY);
    expect(unreachable(provider, new Error(`no route with ${API_KEY}`)).message).not.toContain(API_KEY);
  });
});

describe('a failure without a response', () => {
  test("is temporary, and has the system's name for it", () => {
    const cause = Object.assign(new Error('Unable to connect.'), { code: 'ConnectionRefused' });
    const failure = new APIConnectionError({ cause });
    expect(isAnswer(failure)).toBe(false);
    expect(unreachable(provider, failure)).toMatchObject({
      code: 'provider_unreachable',
      retryable: true,
      message:
        "The model's provider at models.example cannot be reached (ConnectionRefused). Is it up, and OPENAI_BASE_URL right?",
    });
    expect(cutStream(provider)).toMatchObject({ code: 'stream_cut', retryable: true });
  });

  test('quotes no more than a few lines, and only storable text', () => {
    const { message } = answered(400, { message: `\u0000\ud800${'x'.repeat(10_000)}` });
    expect(message.length).toBeLessThan(700);
    expect(message.isWellFormed() && !message.includes('\u0000')).toBe(true);
  });
});

describe('Retry-After', () => {
  const now = Date.parse('2026-11-24T08:00:00Z');
  test.each<[Record<string, string>, number | null]>([
    [{ 'retry-after': '2' }, 2_000],
    [{ 'retry-after': '0.5' }, 500],
    [{ 'retry-after': 'Tue, 24 Nov 2026 08:00:30 GMT' }, 30_000],
    [{ 'retry-after': 'Tue, 24 Nov 2026 07:00:00 GMT' }, 0],
    [{ 'retry-after-ms': '1500', 'retry-after': '9' }, 1_500],
    [{ 'retry-after': 'soon' }, null],
    [{ 'retry-after': '-1' }, null],
    [{}, null],
  ])('%j is %p ms', (fields, ms) => {
    expect(retryAfterMs(new Headers(fields), now)).toBe(ms);
  });
});
