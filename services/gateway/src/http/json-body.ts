import { excerpt } from '@millrace/contracts';
import { BodyTimeLimit } from './body-time-limit.ts';
import type { MemoryShare } from './memory-budget.ts';
import { ProblemError } from './problem.ts';

const JSON_TYPE = /^application\/json\s*(;|$)/i;
const CHARSET = /;\s*charset\s*=\s*"?([^";\s]*)/i;

/** For a body without a declared length; a chunk of one byte costs as much time as hundreds of bytes. */
const CHUNKS_MAX = 20_000;
/** A body that trickles in for longer is given up: it would hold memory, and delay the gateway's stop. */
const BODY_TIME_LIMIT = new BodyTimeLimit(10_000);

/**
 * Reads a JSON body without trusting anything said about it.
 *
 * @throws ProblemError 415, 413, 429, 408 or 400
 */
export async function readJsonBody(
  request: Request,
  limitBytes: number,
  memory: MemoryShare,
  timeLimit = BODY_TIME_LIMIT,
): Promise<unknown> {
  const unsupported = whyUnsupported(request.headers);
  if (unsupported) throw new ProblemError('unsupported_media_type', unsupported);
  const text = decode(await readBytes(request, limitBytes, memory, timeLimit));
  try {
    return JSON.parse(text);
  } catch (error) {
    throw new ProblemError('invalid_json', explain(text, error));
  }
}

function whyUnsupported(headers: Headers): string | null {
  const type = headers.get('content-type');
  if (!type) return 'There is no Content-Type header; send application/json.';
  if (!JSON_TYPE.test(type)) return `The Content-Type is ${excerpt(type)}; send application/json.`;
  const charset = CHARSET.exec(type)?.[1];
  if (charset !== undefined && !/^utf-?8$/i.test(charset)) {
    return `The charset is ${excerpt(charset)}; JSON is sent as UTF-8.`;
  }
  const encoding = headers.get('content-encoding');
  if (encoding && encoding !== 'identity') {
    return `The Content-Encoding is ${excerpt(encoding)}; send the body as it is.`;
  }
  return null;
}

async function readBytes(
  request: Request,
  limitBytes: number,
  memory: MemoryShare,
  timeLimit: BodyTimeLimit,
): Promise<Uint8Array> {
  const declared = Number(request.headers.get('content-length') ?? Number.NaN);
  if (declared > limitBytes) throw tooLong(limitBytes);
  memory.growTo(declared || 0);
  try {
    // The server reads no further than the declared length; a Request made by hand may declare anything.
    const reading = Number.isNaN(declared) ? readChunks(request, limitBytes, memory) : request.bytes();
    const bytes = await timeLimit.apply(reading);
    if (bytes.length > limitBytes) throw tooLong(limitBytes);
    return bytes;
  } catch (error) {
    if (error instanceof ProblemError) throw error;
    // The client disconnected midway: nobody reads this, and it is not our fault.
    throw new ProblemError('invalid_json', 'The body broke off before its end.');
  }
}

async function readChunks(request: Request, limitBytes: number, memory: MemoryShare): Promise<Uint8Array> {
  // Not a list of chunks: at a byte each, they would take a hundred times the memory.
  const bytes = new Bun.ArrayBufferSink();
  bytes.start({ asUint8Array: true });
  let length = 0;
  let chunks = 0;
  for await (const chunk of request.body ?? []) {
    length += chunk.length;
    if (length > limitBytes) throw tooLong(limitBytes);
    if (++chunks > CHUNKS_MAX) {
      throw tooLarge(`A body may come in up to ${CHUNKS_MAX} chunks; send larger ones, or its length.`);
    }
    memory.growTo(length);
    bytes.write(chunk);
  }
  return bytes.end() as Uint8Array;
}

function tooLong(limitBytes: number): ProblemError {
  return tooLarge(`A body may have up to ${limitBytes} bytes.`);
}

function tooLarge(detail: string): ProblemError {
  // The rest of the body is not read, so nothing else can follow on this connection.
  return new ProblemError('body_too_large', detail, { headers: { connection: 'close' } });
}

const decoder = new TextDecoder('utf-8', { fatal: true });

function decode(bytes: Uint8Array): string {
  try {
    return decoder.decode(bytes);
  } catch {
    throw new ProblemError('invalid_utf8', 'The body holds bytes that are not UTF-8; encode it as UTF-8.');
  }
}

/** Where the parser's own words would not help. */
const REASONS: Record<string, string> = {
  'Unable to parse JSON string': 'it goes on after its end; send one value and nothing else',
  'Unterminated string': 'Unterminated string; a line break in one is written \\n, a tab \\t',
};

function explain(text: string, error: unknown): string {
  if (text.trim() === '') return 'The body is empty; send a JSON object.';
  const reason =
    error instanceof Error ? error.message.replace(/^JSON Parse error: /, '') : 'it ends too early';
  return `The body is not JSON: ${REASONS[reason] ?? excerpt(reason)}.`;
}
