import type { Random } from './random.ts';

export interface OddRequest {
  method: string;
  path: string;
  headers: Record<string, string>;
  body?: string | Uint8Array;
}

const ODD_TEXT = [
  '',
  ' ',
  '\u0000',
  '\ud800',
  '\udfff',
  '\u2028',
  '🎡',
  "'; --",
  '%',
  '%s',
  '../..',
  '__proto__',
  'null',
];
const ODD_NUMBERS = [0, -0, -1, 10, 1.5, 1e21, -1e308, 2 ** 31, 2 ** 53, Number.NaN];
const ODD_TIMES = [
  '0000-01-01T00:00:00Z',
  '0001-01-01T00:00:00+14:00',
  '9999-12-31T23:59:59-14:00',
  '2026-01-01T00:00:00+99:99',
  '2026-01-01T24:00:00Z',
  '2026-01-01T23:59:60Z',
  'infinity',
  'now',
];
const FIELDS = [
  'prompt',
  'model',
  'priority',
  'max_attempts',
  'timeout_ms',
  'run_at',
  'delay_ms',
  'system',
  'tools',
  'temperature',
  'max_output_tokens',
  'response_format',
  'metadata',
  'tasks',
  'atomic',
  'status',
  'error_code',
  'created_before',
  'limit',
];
const PARAMETERS = [
  'status',
  'model',
  'priority',
  'created_after',
  'created_before',
  'text',
  'limit',
  'cursor',
  'wait',
];
const KEYS = ['k', 'k', ' ', 'a b', 'é', 'x'.repeat(256), '"', '\u007f', ''];
const PREFERENCES = ['wait=0', 'wait', 'wait=-1', 'wait=1e9', '"', 'wait="0"', ',,;=', 'wait=0, wait=60'];

function oddValue(random: Random, depth = 0): unknown {
  const kinds: (() => unknown)[] = [
    () => random.pick(ODD_TEXT),
    () => random.pick(ODD_TEXT).repeat(random.below(200)),
    () => random.pick(ODD_NUMBERS),
    () => random.pick(ODD_TIMES),
    () => random.pick([null, true, false]),
    () => random.pick(['builtin', 'x', 'PENDING', Bun.randomUUIDv7()]),
  ];
  if (depth < 3) {
    kinds.push(
      () => Array.from({ length: random.below(4) }, () => oddValue(random, depth + 1)),
      () => oddObject(random, depth + 1),
    );
  }
  return random.pick(kinds)();
}

function oddObject(random: Random, depth: number): object {
  const keys = Array.from({ length: random.below(6) }, () => random.pick([...FIELDS, ...ODD_TEXT]));
  return Object.fromEntries(keys.map((key) => [key, oddField(random, key, depth)]));
}

/** Values of forms that chance alone would never produce. */
function oddField(random: Random, key: string, depth: number): unknown {
  if (key === 'tools' && random.chance(0.5))
    return random.pick([[], ['time'], ['time', 'x'], ['time', 'time']]);
  if (key !== 'response_format' || depth > 2 || random.chance(0.3)) return oddValue(random, depth);
  const json_schema = { name: random.pick(['a', 'a b']), schema: oddObject(random, depth + 1) };
  return { type: random.pick(['json_schema', 'json_schema', 'json_object', 'text']), json_schema };
}

function oddBatch(random: Random): object {
  const task = () => (random.chance(0.5) ? { prompt: 'x', ...oddObject(random, 2) } : oddValue(random, 2));
  return {
    tasks: random.chance(0.9) ? Array.from({ length: random.below(4) }, task) : oddValue(random),
    ...(random.chance(0.4) && { atomic: random.chance(0.8) || oddValue(random) }),
  };
}

function oddFilter(random: Random): object {
  return {
    ...(random.chance(0.8) && { status: random.pick(['FAILED', 'PENDING', '']) }),
    ...oddObject(random, 0),
  };
}

function oddBody(random: Random, path: string): string | Uint8Array {
  const body = path.startsWith('/tasks/batch')
    ? oddBatch(random)
    : path.startsWith('/tasks/retry')
      ? oddFilter(random)
      : { prompt: random.pick(['calculate 1+1', 'x']), ...(random.chance(0.7) && oddObject(random, 0)) };
  const text = JSON.stringify(random.chance(0.9) ? body : oddValue(random));
  if (random.chance(0.6)) return text;
  if (random.chance(0.3)) return text.slice(0, random.below(text.length + 1));
  const bytes = new TextEncoder().encode(text);
  for (let i = random.below(4); i >= 0; i--) bytes[random.below(bytes.length)] = random.below(256);
  return bytes;
}

function oddQuery(random: Random): string {
  const pairs = Array.from({ length: random.below(4) }, () => {
    const name = random.pick([...PARAMETERS, ...PARAMETERS, ...ODD_TEXT]);
    const value = String(random.chance(0.2) ? random.pick(['20', 'PENDING', '1']) : oddValue(random, 3));
    return random.chance(0.7)
      ? `${encodeURIComponent(name.toWellFormed())}=${encodeURIComponent(value.toWellFormed())}`
      : `${name.toWellFormed()}=${value.slice(0, 50).toWellFormed()}%${random.pick(['', 'f', 'zz', 'ff', 'C3%28'])}`;
  });
  return pairs.length > 0 ? `?${pairs.join('&')}` : '';
}

function oddPath(random: Random): string {
  const id = random.chance(0.3)
    ? Bun.randomUUIDv7()
    : encodeURIComponent(random.pick(ODD_TEXT).toWellFormed());
  return random.pick([
    '/tasks',
    '/tasks',
    '/tasks',
    `/tasks/${id}`,
    `/tasks/${id}/${random.pick(['cancel', 'retry', 'attempts', 'steps', 'events', ''])}`,
    '/tasks/batch',
    '/tasks/batch',
    '/tasks/retry',
    '/stats',
    '/models',
    '/health',
    `/${id}`,
    '/tasks/%C3%28',
  ]);
}

/** A request that is usually malformed, and sometimes is not. */
export function oddRequest(random: Random): OddRequest {
  const method = random.pick(['POST', 'POST', 'POST', 'GET', 'GET', 'PUT', 'DELETE', 'OPTIONS', 'HEAD']);
  const path = oddPath(random) + (random.chance(method === 'GET' ? 0.8 : 0.1) ? oddQuery(random) : '');
  const type = random.chance(0.95)
    ? 'application/json'
    : random.pick(['text/plain', 'application/json; charset=x', ';']);
  const headers: Record<string, string> = { 'content-type': type };
  if (random.chance(0.1)) headers['content-length'] = random.pick(['-1', 'x', '1e9', '5', '']);
  if (random.chance(0.1)) headers.traceparent = random.pick(['x', '', '00-0-0-00']);
  if (random.chance(0.2)) headers['idempotency-key'] = random.pick(KEYS);
  if (random.chance(0.2)) headers.prefer = random.pick(PREFERENCES);
  const hasBody = !['GET', 'HEAD', 'OPTIONS'].includes(method);
  return { method, path, headers, ...(hasBody && { body: oddBody(random, path) }) };
}
