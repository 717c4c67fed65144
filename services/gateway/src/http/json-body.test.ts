import { describe, expect, test } from 'bun:test';
import type { ProblemCode } from '@millrace/contracts';
import { BodyTimeLimit } from './body-time-limit.ts';
import { readJsonBody } from './json-body.ts';
import { createMemoryBudget } from './memory-budget.ts';
import { ProblemError } from './problem.ts';

const LIMIT_BYTES = 64;
type Body = ConstructorParameters<typeof Response>[0];
const JSON_HEADERS = { 'content-type': 'application/json' };

async function read(body: Body, headers: Record<string, string> = JSON_HEADERS, limitBytes = LIMIT_BYTES) {
  const request = new Request('http://gateway/tasks', { method: 'POST', body, headers });
  using memory = createMemoryBudget('bodies')(null);
  return await readJsonBody(request, limitBytes, memory);
}

async function refusal(body: Body, headers?: Record<string, string>, limitBytes?: number) {
  const error = await read(body, headers, limitBytes).catch((error: unknown) => error);
  if (!(error instanceof ProblemError)) throw new Error('was not refused', { cause: error });
  return error.problem;
}

/** A body without a Content-Length. */
function chunked(totalBytes: number, onPull = () => {}, chunkBytes = 16) {
  let sent = 0;
  return new ReadableStream<Uint8Array>({
    pull(controller) {
      onPull();
      if (sent >= totalBytes) return controller.close();
      controller.enqueue(new Uint8Array(chunkBytes).fill(0x20));
      sent += chunkBytes;
    },
  });
}

describe('accepts', () => {
  test.each(['application/json', 'Application/JSON; charset=UTF-8', 'application/json;charset="utf-8"'])(
    'Content-Type %s',
    async (type) => {
      expect(await read('{"prompt":"计算"}', { 'content-type': type })).toEqual({ prompt: '计算' });
    },
  );

  test('a byte order mark, and a body of exactly the maximum size', async () => {
    expect(await read('\ufeff{"a":1}')).toEqual({ a: 1 });
    const body = `"${'x'.repeat(LIMIT_BYTES - 2)}"`;
    expect(await read(body)).toBe('x'.repeat(LIMIT_BYTES - 2));
    expect(await read(body, { ...JSON_HEADERS, 'content-length': String(LIMIT_BYTES) })).toHaveLength(62);
  });

  test('__proto__ as a field like any other', async () => {
    const body = (await read('{"__proto__":{"polluted":true}}')) as object;
    expect(Object.keys(body)).toEqual(['__proto__']);
    expect(Object.getPrototypeOf(body)).toBe(Object.prototype);
    expect({}).not.toHaveProperty('polluted');
  });
});

describe('refuses', () => {
  test.each<[string, Body, ProblemCode, RegExp]>([
    ['nothing', null, 'invalid_json', /body is empty/],
    ['white space', ' \n', 'invalid_json', /body is empty/],
    ['half an object', '{"a":', 'invalid_json', /^The body is not JSON: .+/],
    ['something after the end', '{"a":1} x', 'invalid_json', /goes on after its end; send one value/],
    ['two values', '{"a":1}\n{"a":2}', 'invalid_json', /goes on after its end; send one value/],
    ['a line break in a string', '{"a":"1\n2"}', 'invalid_json', /line break in one is written \\n/],
    ['single quotes', "{'a':1}", 'invalid_json', /quotes/],
    ['endless nesting', '['.repeat(LIMIT_BYTES), 'invalid_json', /not JSON/],
    ['a long word', 'x'.repeat(LIMIT_BYTES), 'invalid_json', /not JSON/],
    ['a byte that is not UTF-8', new Uint8Array([0x22, 0xff, 0x22]), 'invalid_utf8', /encode it as UTF-8/],
    ['half a character', new Uint8Array([0x22, 0xe8, 0xae]), 'invalid_utf8', /not UTF-8/],
    ['a surrogate in UTF-8', new Uint8Array([0x22, 0xed, 0xa0, 0x80, 0x22]), 'invalid_utf8', /not UTF-8/],
    ['one byte too many', ' '.repeat(LIMIT_BYTES + 1), 'body_too_large', /up to 64 bytes/],
  ])('%s', async (_, body, code, detail) => {
    expect(await refusal(body)).toMatchObject({ code, detail: expect.stringMatching(detail) });
  });

  test.each([
    [{}, /no Content-Type/],
    [{ 'content-type': 'text/plain' }, /is text\/plain; send application\/json/],
    [{ 'content-type': 'application/json-patch+json' }, /send application\/json/],
    [{ 'content-type': 'application/json; charset=latin1' }, /charset is latin1/],
    [{ ...JSON_HEADERS, 'content-encoding': 'gzip' }, /Content-Encoding is gzip/],
  ])('headers %p', async (headers, detail) => {
    const body = new Blob(['{}']).stream();
    expect(await refusal(body, headers as unknown as Record<string, string>)).toMatchObject({
      code: 'unsupported_media_type',
      detail: expect.stringMatching(detail),
    });
  });

  test('a declared length over the limit, without reading', async () => {
    let pulls = 0;
    const body = chunked(1_000_000, () => pulls++);
    const headers = { ...JSON_HEADERS, 'content-length': '1000000' };
    expect(await refusal(body, headers)).toMatchObject({ code: 'body_too_large' });
    expect(pulls).toBeLessThan(3);
  });

  test('a body without a length as soon as it passes the limit', async () => {
    let pulls = 0;
    expect(await refusal(chunked(1_000_000, () => pulls++))).toMatchObject({ code: 'body_too_large' });
    expect(pulls).toBeLessThan(LIMIT_BYTES / 16 + 4);
  });

  test('a body in too many chunks', async () => {
    const ofBytes = (count: number) => refusal(chunked(count, undefined, 1), JSON_HEADERS, 100_000);
    expect(await ofBytes(20_000)).toMatchObject({ code: 'invalid_json' });
    expect(await ofBytes(20_001)).toMatchObject({
      code: 'body_too_large',
      detail: 'A body may come in up to 20000 chunks; send larger ones, or its length.',
    });
  });

  test('a body that breaks off', async () => {
    const body = new ReadableStream({
      pull(controller) {
        controller.error(new DOMException('The connection was closed.', 'AbortError'));
      },
    });
    expect(await refusal(body)).toMatchObject({
      code: 'invalid_json',
      detail: expect.stringMatching(/broke off/),
    });
  });
});

describe('a body that never comes to its end', () => {
  const BUDGET_BYTES = 1_000_000;
  const CHUNK = new Uint8Array(100_000).fill(0x20);

  async function giveUp(headers: Record<string, string>) {
    const { promise: source, resolve } = Promise.withResolvers<ReadableStreamDefaultController>();
    const cancelled = Promise.withResolvers<void>();
    const body = new ReadableStream({
      start(controller) {
        controller.enqueue(CHUNK);
        resolve(controller);
      },
      cancel: () => cancelled.resolve(),
    });
    const request = new Request('http://gateway/tasks', { method: 'POST', headers, body });
    const enter = createMemoryBudget('bodies', BUDGET_BYTES);
    async function readSlowly() {
      using memory = enter(null);
      return await readJsonBody(request, BUDGET_BYTES, memory, new BodyTimeLimit(20));
    }
    const reading = readSlowly();
    expect(reading).rejects.toMatchObject({ problem: { code: 'request_timeout', status: 408 } });
    await Promise.allSettled([reading]);
    return { enter, source: await source, cancelled: cancelled.promise };
  }

  test('is given up, and frees its room', async () => {
    const { enter } = await giveUp({ ...JSON_HEADERS, 'content-length': '500000' });
    using memory = enter(null);
    memory.growTo(BUDGET_BYTES);
  });

  test('is not read further if its length is unknown', async () => {
    const { enter, source, cancelled } = await giveUp(JSON_HEADERS);
    source.enqueue(CHUNK);
    await cancelled;
    using memory = enter(null);
    memory.growTo(BUDGET_BYTES);
  });
});
