import { afterEach, beforeEach, expect, test } from 'bun:test';
import type { ChatCompletionChunk } from 'openai/resources';
import { Provider } from './provider.ts';
import { claimedTask } from './steps.testing.ts';
import { turnRequest } from './turn-request.ts';

const request = turnRequest(claimedTask(), [], [], { providerModel: 'm', outputLimitField: 'max_tokens' });
const CHUNK = `data: ${JSON.stringify({ choices: [{ index: 0, delta: { content: 'Hel' }, finish_reason: null }] })}\n\n`;

let server: ReturnType<typeof Bun.serve>;
let answer: () => Response | Promise<Response>;
let asked: Headers;
/** Resolves once the client has closed the connection. */
let closed: Promise<void>;
beforeEach(() => {
  server = Bun.serve({
    hostname: '127.0.0.1',
    port: 0,
    fetch({ headers, signal }) {
      asked = headers;
      closed = new Promise((resolve) => signal.addEventListener('abort', () => resolve()));
      return answer();
    },
  });
});
afterEach(() => server.stop(true));

/** A turn that never goes on after its first chunk. */
function unfinished(): Response {
  const body = new ReadableStream({
    start: (controller) => controller.enqueue(new TextEncoder().encode(CHUNK)),
  });
  return new Response(body, { headers: { 'content-type': 'text/event-stream' } });
}

const { signal } = new AbortController();

async function read(stop = signal, onChunk: (chunk: ChatCompletionChunk) => void = () => {}): Promise<void> {
  const provider = new Provider({ apiKey: undefined, baseUrl: server.url.href });
  for await (const chunk of provider.stream(request, stop)) onChunk(chunk);
}

test('a provider without a key is sent none, nor anything that is not configured here', async () => {
  answer = () =>
    new Response(`${CHUNK}data: [DONE]\n\n`, { headers: { 'content-type': 'text/event-stream' } });
  // The package would read it.
  process.env.OPENAI_ORG_ID = 'org';
  try {
    await new Provider({ apiKey: undefined, baseUrl: server.url.href }).stream(request, signal).next();
  } finally {
    delete process.env.OPENAI_ORG_ID;
  }
  expect(asked.get('content-type')).toBe('application/json');
  expect([...asked.keys()].filter((name) => /authorization|organization/.test(name))).toEqual([]);
});

test('the connection is closed once nobody reads on', async () => {
  answer = unfinished;
  const tooMuch = new Error('enough');
  const reading = read(undefined, () => {
    throw tooMuch;
  });
  await expect(reading).rejects.toBe(tooMuch);
  await closed;
});

test.each([
  ['before the answer', () => new Promise<never>(() => {})],
  ['in the middle of it', unfinished],
])('an abort %s is reported as such, not as a failure of the provider', async (_when, given) => {
  const controller = new AbortController();
  const began = Promise.withResolvers<void>();
  answer = () => {
    if (given !== unfinished) began.resolve();
    return given();
  };
  const reading = read(controller.signal, () => began.resolve());
  await began.promise;
  controller.abort('cancelled');
  expect(await reading.catch((error) => error)).toBe('cancelled');
});

test('an answer that is no stream is reported as that, not as a failed connection', async () => {
  answer = () => new Response('<html>', { headers: { 'content-type': 'text/html' } });
  await expect(read()).rejects.toMatchObject({ code: 'provider_not_streaming', retryable: false });
});

test.each([
  [undefined, 'max_completion_tokens'],
  ['https://eu.api.openai.com/v1', 'max_completion_tokens'],
  ['https://mine.openai.azure.com/openai/v1', 'max_completion_tokens'],
  ['http://localhost:11434/v1', 'max_tokens'],
  ['https://notopenai.com/v1', 'max_tokens'],
  ['https://openai.com.example/v1', 'max_tokens'],
])('a server at %p takes the limit of the output as %s', (baseUrl, field) => {
  const { outputLimitField } = new Provider({ apiKey: undefined, baseUrl });
  expect(outputLimitField).toBe(field as never);
  const task = claimedTask({ max_output_tokens: 5 });
  expect(turnRequest(task, [], [], { providerModel: 'm', outputLimitField })).toMatchObject({ [field]: 5 });
});
