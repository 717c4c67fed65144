import { afterEach, expect, jest, test } from 'bun:test';
import { createBodyReader } from './read-body.ts';

const read = createBodyReader();
const readBody = (asked: Request, owner: string | null = null) => read(asked, owner);

/** A body that comes in chunks of a byte each, and has no declared length. */
function inBytes(text: string, onCancel = () => {}): Request {
  const bytes = new TextEncoder().encode(text);
  let sent = 0;
  const body = new ReadableStream<Uint8Array>({
    pull(controller) {
      if (sent === bytes.length) return controller.close();
      controller.enqueue(bytes.slice(sent, ++sent));
    },
    cancel: onCancel,
  });
  return request(body);
}

function request(body: string | ReadableStream<Uint8Array>, headers: Record<string, string> = {}): Request {
  const all = { 'content-type': 'application/json', ...headers };
  return new Request('http://localhost/mcp', { method: 'POST', headers: all, body });
}

async function refusalOf(asked: Request, owner: string | null = null): Promise<[number, string]> {
  const answer = await readBody(asked, owner);
  if (!(answer instanceof Response)) throw new Error('was not refused');
  const { error } = (await answer.json()) as { error: { message: string } };
  return [answer.status, error.message];
}

afterEach(() => void jest.useRealTimers());

test('a body may come in pieces of characters', async () => {
  expect(await readBody(inBytes('{"prompt":"计算😀"}'))).toEqual({ value: { prompt: '计算😀' } });
});

test.each([
  ['declared', (text: string) => request(text, { 'content-length': String(text.length) })],
  ['undeclared', (text: string) => request(new Blob([text]).stream())],
])('a body of %s length may have a mebibyte, and no more', async (_length, send) => {
  const largest = JSON.stringify('x'.repeat(1024 * 1024 - 2));
  expect(await readBody(send(largest))).toEqual({ value: JSON.parse(largest) });
  expect(await refusalOf(send(`${largest} `))).toEqual([413, 'The body is larger than 1048576 bytes.']);
});

test('a body in more chunks than are worth their time is refused, and read no further', async () => {
  let isCancelled = false;
  const asked = inBytes(' '.repeat(30_000), () => {
    isCancelled = true;
  });
  expect(await refusalOf(asked)).toEqual([
    413,
    'A body may come in up to 20000 chunks; send larger ones, or its length.',
  ]);
  expect(isCancelled).toBe(true);
});

test('a body that does not arrive in time is given up', async () => {
  jest.useFakeTimers();
  const endless = new ReadableStream<Uint8Array>({ start: (stream) => stream.enqueue(Buffer.from('{')) });
  const refused = refusalOf(request(endless));
  jest.advanceTimersByTime(10_000);
  expect(await refused).toEqual([408, 'The body did not arrive within 10 s.']);
});

test('large bodies that arrive slowly are limited, of each owner and together, and small ones get in', async () => {
  jest.useFakeTimers();
  const slow = (headers: Record<string, string>) => request(new ReadableStream<Uint8Array>(), headers);
  const large = { 'content-length': String(16 * 1024 + 1) };
  const arriving = Array.from({ length: 64 }, () => [
    refusalOf(slow(large), 'ada'),
    refusalOf(slow({}), 'bob'),
  ]).flat();
  expect(await refusalOf(request('[]', { 'content-length': '20000' }), 'ada')).toEqual([
    429,
    '128 large bodies are arriving here already; try again shortly.',
  ]);
  expect(await readBody(request('[]', { 'content-length': '2' }), 'ada')).toEqual({ value: [] });
  jest.advanceTimersByTime(10_000);
  expect((await Promise.all(arriving)).map(([status]) => status)).toEqual(Array(128).fill(408));
  for (let i = 0; i < 64; i++) refusalOf(slow(large), 'ada').catch(() => {});
  expect((await refusalOf(slow(large), 'ada'))[1]).toStartWith(
    '64 large bodies of ada, as many as one owner',
  );
  expect(await readBody(request('[]', { 'content-length': '20000' }), 'bob')).toEqual({ value: [] });
  jest.advanceTimersByTime(10_000);
});
