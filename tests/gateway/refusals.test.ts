import { describe, expect, test } from 'bun:test';
import type { ProblemCode } from '@millrace/contracts';
import { shared } from '../shared.ts';
import { createTestDatabase } from '../test-database.ts';
import { createGateway, problemIn } from './gateway.ts';

const database = shared(() => createTestDatabase(1));
const gateway = shared(() => createGateway(database.db));

const prompt = 'calculate 1+1';

describe('POST /tasks refuses', () => {
  test.each<[string, unknown, number, ProblemCode, RegExp]>([
    ['no body', undefined, 400, 'invalid_json', /empty/],
    ['half a body', '{"prompt": "x"', 400, 'invalid_json', /not JSON/],
    ['bytes that are not UTF-8', Buffer.from('{"prompt":"\xff"}', 'latin1'), 400, 'invalid_utf8', /UTF-8/],
    ['an array', [{ prompt }], 422, 'validation_failed', /must be an object/],
    ['no prompt', {}, 422, 'validation_failed', /\/prompt is required/],
    ['an empty prompt', { prompt: '' }, 422, 'validation_failed', /\/prompt must not be empty/],
    ['a blank prompt', { prompt: '\t ' }, 422, 'validation_failed', /\/prompt .* white space only/],
    ['a prompt of 1 MB', { prompt: 'x'.repeat(1_000_000) }, 422, 'validation_failed', /at most 100000/],
    ['2 MB', { prompt: 'x'.repeat(2_000_000) }, 413, 'body_too_large', /up to 1572864 bytes/],
    ['a NUL', { prompt: 'a\u0000b' }, 422, 'validation_failed', /NUL/],
    ['a lone surrogate', '{"prompt":"\\ud800"}', 422, 'validation_failed', /lone surrogate/],
    [
      'priority 10',
      { prompt, priority: 10 },
      422,
      'validation_failed',
      /\/priority must be at most 9, got 10/,
    ],
    [
      'no attempts',
      { prompt, max_attempts: 0 },
      422,
      'validation_failed',
      /\/max_attempts must be at least 1/,
    ],
    ['a priority in quotes', { prompt, priority: '5' }, 422, 'validation_failed', /integer, got a string/],
    ['null for a default', { prompt, priority: null }, 422, 'validation_failed', /integer, got null/],
    ['an unknown field', { prompt, user: 1 }, 422, 'validation_failed', /\/user is not a known field/],
    ['a response field', { prompt, status: 'COMPLETED' }, 422, 'validation_failed', /\/status is not/],
    [
      'an unknown model',
      { prompt, model: 'gpt-9' },
      422,
      'model_not_available',
      /builtin, simulated.*MODELS/,
    ],
    ['30 February', { prompt, run_at: '2026-02-30T00:00:00Z' }, 422, 'validation_failed', /RFC 3339/],
    [
      'a time and a delay',
      { prompt, run_at: '2026-12-01T00:00:00Z', delay_ms: 1000 },
      422,
      'validation_failed',
      /\/delay_ms must not be combined with run_at/,
    ],
    [
      'a delay of years',
      { prompt, delay_ms: 31_536_000_001 },
      422,
      'validation_failed',
      /\/delay_ms must be at most/,
    ],
    ['year 0', { prompt, run_at: '0000-01-01T00:00:00Z' }, 422, 'validation_failed', /RFC 3339/],
    [
      'metadata in metadata',
      { prompt, metadata: { a: {} } },
      422,
      'validation_failed',
      /a string, got an obj/,
    ],
    [
      'a metadata key with a space',
      { prompt, metadata: { 'a b': '' } },
      422,
      'validation_failed',
      /\/metadata\/a b is not a valid key/,
    ],
    [
      '17 pairs of metadata',
      { prompt, metadata: Object.fromEntries(Array.from({ length: 17 }, (_, i) => [i, ''])) },
      422,
      'validation_failed',
      /\/metadata must have at most 16 entries/,
    ],
    ['an array nested 200,000 deep', '['.repeat(2e5) + ']'.repeat(2e5), 422, 'validation_failed', /object/],
  ])('%s', async (_, body, status, code, detail) => {
    const problem = await problemIn(await gateway.send('POST', '/tasks', body));
    expect(problem).toMatchObject({ status, code, detail: expect.stringMatching(detail) });
  });

  test('every invalid field in one answer', async () => {
    const body = { prompt: 5, priority: 10, timeout_ms: 1, metadata: { team: null }, extra: true };
    const { errors } = await problemIn(await gateway.send('POST', '/tasks', body));
    expect(errors?.map(({ field }) => field).sort()).toEqual([
      '/extra',
      '/metadata/team',
      '/priority',
      '/prompt',
      '/timeout_ms',
    ]);
  });

  test.each(['text/plain', 'application/x-www-form-urlencoded', 'multipart/form-data; boundary=x'])(
    'Content-Type %s',
    async (type) => {
      const response = await gateway.send('POST', '/tasks', '{"prompt":"x"}', { 'content-type': type });
      expect(await problemIn(response)).toMatchObject({ status: 415, code: 'unsupported_media_type' });
    },
  );

  test('and stores none of it', async () => {
    const [stored] = await database.db.sql<{ count: number }[]>`select count(*)::int as count from tasks`;
    expect(stored?.count).toBe(0);
  });
});

test.each([
  ['POST', '/tasks?wait=5', 'wait'],
  ['POST', '/tasks/batch?atomic=true', 'atomic'],
  ['POST', '/tasks/retry?limit=1', 'limit'],
  ['GET', `/tasks/${Bun.randomUUIDv7()}/events?after=1`, 'after'],
  ['GET', '/stats?owner=ann', 'owner'],
  ['GET', '/models?limit=1', 'limit'],
])('%s %s is refused: it takes no parameters in the URL', async (method, path, field) => {
  const body =
    method === 'POST' ? (path.startsWith('/tasks/batch') ? { tasks: [{ prompt }] } : { prompt }) : undefined;
  const { status, errors } = await problemIn(await gateway.send(method, path, body));
  expect([status, errors]).toEqual([
    422,
    [{ field, message: 'is not a known field; no fields are accepted here' }],
  ]);
  expect(await (await gateway.send('GET', '/tasks')).json()).toMatchObject({ tasks: [] });
});

test.each([
  ['a field', 'POST', '/tasks', '{"prompt":"x","\\ud800":1}', '\ufffd'],
  ['a model', 'POST', '/tasks', '{"prompt":"x","model":"\\udfff"}', '\ufffd'],
  ['a truncated model', 'POST', '/tasks', { prompt, model: `${'x'.repeat(99)}🎡🎡` }, 'x…'],
  ['a truncated parameter', 'GET', `/tasks?${`${'x'.repeat(99)}%F0%9F%8E%A1=1&`.repeat(2)}`, undefined, 'x…'],
  ['a field of a batch', 'POST', '/tasks/batch', '{"tasks":[],"\\udc00":1}', '\ufffd'],
])('an answer never splits a surrogate pair of %s', async (_, method, path, body, shown) => {
  const { detail, errors } = await problemIn(await gateway.send(method, path, body));
  const texts = [detail, ...(errors ?? []).flatMap(({ field, message }) => [field, message])];
  expect(texts.filter((text) => !text.isWellFormed())).toEqual([]);
  expect(texts.join()).toContain(shown);
});

describe('routing', () => {
  test.each([
    '/',
    '/task',
    '/tasks/1/2',
    '/Tasks',
    '//tasks',
    '/tasks//events',
    '/tasks%2F',
    '/swagger/secrets',
    '/%ff',
    '/..%2f',
  ])('nothing exists at %s', async (path) => {
    expect(await problemIn(await gateway.send('GET', path))).toMatchObject({
      status: 404,
      code: 'not_found',
    });
  });

  test.each([
    ['PUT', '/tasks', 'GET, HEAD, OPTIONS, POST'],
    ['DELETE', '/tasks/1', 'GET, HEAD, OPTIONS'],
    ['POST', '/stats', 'GET, HEAD, OPTIONS'],
    ['PATCH', '/health/ready', 'GET, HEAD, OPTIONS'],
    ['POST', '/swagger/json', 'GET, HEAD, OPTIONS'],
    ['GET', '/tasks/batch', 'OPTIONS, POST'],
    ['GET', '/tasks/batch/', 'OPTIONS, POST'],
    ['PUT', '/tasks/batch', 'OPTIONS, POST'],
    ['GET', '/tasks/retry', 'OPTIONS, POST'],
    ['DELETE', '/tasks/retry', 'OPTIONS, POST'],
  ])('%s %s is not allowed, and the answer says what is', async (method, path, allow) => {
    const response = await gateway.send(method, path);
    expect(response.headers.get('allow')).toBe(allow);
    expect(await problemIn(response)).toMatchObject({ status: 405, code: 'method_not_allowed' });
  });

  test.each(['/tasks/batch', '/tasks/retry'])('HEAD and OPTIONS of %s, which takes POST', async (path) => {
    const head = await gateway.send('HEAD', path);
    expect([head.status, head.headers.get('allow')]).toEqual([405, 'OPTIONS, POST']);
    const options = await gateway.send('OPTIONS', path);
    expect([options.status, options.headers.get('allow')]).toEqual([204, 'OPTIONS, POST']);
  });

  test('OPTIONS names the methods, and admits no other origin', async () => {
    const headers = { origin: 'https://elsewhere.example', 'access-control-request-method': 'POST' };
    const response = await gateway.send('OPTIONS', '/tasks', undefined, headers);
    expect(response.status).toBe(204);
    expect(response.headers.get('allow')).toBe('GET, HEAD, OPTIONS, POST');
    expect(response.headers.get('access-control-allow-origin')).toBeNull();
  });
});

test.each([
  ['GET', '/tasks'],
  ['GET', '/health'],
  ['GET', '/swagger'],
  ['GET', '/swagger/swagger-ui.css'],
  ['GET', '/nowhere'],
  ['OPTIONS', '/tasks'],
  ['POST', '/tasks'],
  ['DELETE', '/tasks'],
])('the answer to %s %s has the security headers', async (method, path) => {
  const { headers } = await gateway.send(method, path);
  expect(headers.get('content-security-policy')).toStartWith("default-src 'none'");
  expect(headers.get('content-security-policy')).toContain("frame-ancestors 'none'");
  expect(headers.get('content-security-policy')).not.toContain('unsafe');
  expect(headers.get('x-content-type-options')).toBe('nosniff');
  expect(headers.get('x-frame-options')).toBe('DENY');
  expect(headers.get('referrer-policy')).toBe('no-referrer');
  expect(headers.get('cache-control')).not.toBeNull();
});
