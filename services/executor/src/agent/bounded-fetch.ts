import { ModelError } from '../models/model.ts';

/** Far more than a turn's text can take, even with every character escaped. */
const EVENT_BYTES_MAX = 8 * 1024 * 1024;
/** More than anyone reads of an error, and little enough to serialise quickly however deeply nested. */
const ERROR_BYTES_MAX = 16 * 1024;
/** HTML pages, and any kind of JSON: problem details, JSON lines. */
const NOT_EVENTS = /^text\/html$|json/i;
/** With the end of the line before. */
const EMPTY_LINES = ['\n\n', '\n\r\n'];
/** What of an empty line an earlier chunk may hold. */
const TAIL_BYTES = 2;

/**
 * `fetch` for streamed answers, with bounded memory: the `openai` package buffers whole events and whole
 * errors, however long they are.
 *
 * @throws ModelError if the response is neither an error nor an event stream; its body throws one if an event
 * is too long
 */
export async function boundedFetch(input: string | URL | Request, init?: RequestInit): Promise<Response> {
  const asked = new Headers(init?.headers);
  // Decompression is unbounded: it turns a megabyte into a gigabyte, however slowly that is read.
  asked.set('accept-encoding', 'identity');
  const response = await fetch(input, { ...init, headers: asked, decompress: false });
  const { body, status, statusText, headers } = response;
  const encoding = headers.get('content-encoding') ?? 'identity';
  const isReadable = encoding.toLowerCase() === 'identity';
  const hasStatus = status >= 200 && status <= 599;
  if (!isReadable || !hasStatus) await body?.cancel();
  if (!hasStatus) throw noStatus(response);
  if (!response.ok) {
    return new Response(isReadable ? await beginningOf(body) : null, { status, statusText, headers });
  }
  if (!isReadable) throw compressed(response, encoding);
  const type = headers.get('content-type')?.split(';')[0]?.trim() ?? '';
  if (!body || NOT_EVENTS.test(type)) {
    await body?.cancel();
    throw notStreaming(response, type);
  }
  return new Response(body.pipeThrough(boundEvents()), { status, statusText, headers });
}

async function beginningOf(body: ReadableStream<Uint8Array> | null): Promise<Uint8Array<ArrayBuffer>> {
  const chunks: Uint8Array[] = [];
  let size = 0;
  for await (const chunk of body ?? []) {
    chunks.push(chunk);
    size += chunk.length;
    // Breaking out of the loop cancels the rest.
    if (size >= ERROR_BYTES_MAX) break;
  }
  return new Uint8Array(Buffer.concat(chunks).subarray(0, ERROR_BYTES_MAX));
}

function boundEvents(): TransformStream<Uint8Array<ArrayBuffer>, Uint8Array<ArrayBuffer>> {
  let eventBytes = 0;
  // Some servers send line by line, empty lines included.
  let tail: Uint8Array = new Uint8Array();
  return new TransformStream({
    transform(chunk, controller) {
      const bytes = Buffer.concat([tail, chunk]);
      const end = endOfLastEvent(bytes);
      eventBytes = end === -1 ? eventBytes + chunk.length : bytes.length - end;
      tail = bytes.subarray(-TAIL_BYTES);
      if (eventBytes > EVENT_BYTES_MAX) {
        const message = `The model's provider sent an event of more than ${EVENT_BYTES_MAX} bytes.`;
        throw new ModelError('output_too_large', message);
      }
      controller.enqueue(chunk);
    },
  });
}

/** Where the last empty line ends; -1 if there is none. */
function endOfLastEvent(bytes: Buffer): number {
  const ends = EMPTY_LINES.map((line) => ({ at: bytes.lastIndexOf(line), length: line.length }));
  return Math.max(...ends.map(({ at, length }) => (at === -1 ? -1 : at + length)));
}

/** Clients are to treat it as a server error (RFC 9110), but no `Response` can be constructed with it. */
function noStatus({ url, status }: Response): ModelError {
  const message = `The model's provider at ${new URL(url).host} answered ${status}, which is not an HTTP status: check OPENAI_BASE_URL, and the proxy in front of it.`;
  return new ModelError('provider_error', message, { retryable: true });
}

function notStreaming({ url, status }: Response, type: string): ModelError {
  const what = type === '' ? 'nothing' : type;
  return new ModelError(
    'provider_not_streaming',
    `The model's provider at ${new URL(url).host} answered HTTP ${status} with ${what} instead of an event stream: check OPENAI_BASE_URL, which usually ends in /v1.`,
  );
}

function compressed({ url }: Response, encoding: string): ModelError {
  return new ModelError(
    'provider_not_streaming',
    `The model's provider at ${new URL(url).host} compresses its answers (${encoding}) without being asked to: turn that off there, or in the proxy in front of it.`,
  );
}
