import { ModelError } from '../models/model.ts';

/** Far more than the text of a turn may be, escaped character by character. */
const EVENT_BYTES_MAX = 8 * 1024 * 1024;
/** More than anyone reads of an error, and little enough to be quoted quickly however deeply it is nested. */
const ERROR_BYTES_MAX = 16 * 1024;
/** A page, or JSON in whatever dress: a problem, or a line for each piece. */
const NO_EVENTS = /^text\/html$|json/i;
const NEWLINE = 0x0a;
const RETURN = 0x0d;
/** An empty line is told by so many bytes before its end. */
const SEEN_BEFORE = 2;

/**
 * `fetch` for streamed answers, which holds no more of one in memory than one can need: the `openai` package gathers whole events and
 * whole errors, however long they are.
 *
 * @throws ModelError if what comes is neither an error nor a stream of events; its body throws one if an event never ends
 */
export async function boundedFetch(input: string | URL | Request, init?: RequestInit): Promise<Response> {
  const asked = new Headers(init?.headers);
  // Decompression knows no bounds: it makes a gigabyte of a megabyte, however slowly that is read.
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
  if (!body || NO_EVENTS.test(type)) {
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
    // Leaving the loop cancels the rest.
    if (size >= ERROR_BYTES_MAX) break;
  }
  return new Uint8Array(Buffer.concat(chunks).subarray(0, ERROR_BYTES_MAX));
}

function boundEvents(): TransformStream<Uint8Array<ArrayBuffer>, Uint8Array<ArrayBuffer>> {
  let eventBytes = 0;
  let before: number[] = [];
  return new TransformStream({
    transform(chunk, controller) {
      const end = endOfLastEvent(chunk, before);
      before = [...before, ...chunk.subarray(-SEEN_BEFORE)].slice(-SEEN_BEFORE);
      eventBytes = end === -1 ? eventBytes + chunk.length : chunk.length - end;
      if (eventBytes > EVENT_BYTES_MAX) {
        const message = `The model's provider sent an event of more than ${EVENT_BYTES_MAX} bytes.`;
        throw new ModelError('output_too_large', message);
      }
      controller.enqueue(chunk);
    },
  });
}

/**
 * Where the last empty line ends; -1 if none does in this chunk.
 *
 * @param before the last bytes of what came before: servers exist that send line by line, an empty one apart
 */
function endOfLastEvent(chunk: Uint8Array, before: readonly number[]): number {
  const byteAt = (at: number) => (at < 0 ? before.at(at) : chunk[at]);
  let at = chunk.lastIndexOf(NEWLINE);
  while (at >= 0) {
    if (byteAt(byteAt(at - 1) === RETURN ? at - 2 : at - 1) === NEWLINE) return at + 1;
    // A search from before the beginning would be one from the end.
    at = at === 0 ? -1 : chunk.lastIndexOf(NEWLINE, at - 1);
  }
  return -1;
}

/** HTTP has clients take it for an error of the server; no `Response` can be made with it. */
function noStatus({ url, status }: Response): ModelError {
  const message = `The model's provider at ${new URL(url).host} answered ${status}, which is no status of HTTP: check OPENAI_BASE_URL, and the proxy before it.`;
  return new ModelError('provider_error', message, { retryable: true });
}

function notStreaming({ url, status }: Response, type: string): ModelError {
  const what = type === '' ? 'nothing' : type;
  return new ModelError(
    'provider_not_streaming',
    `The model's provider at ${new URL(url).host} answered HTTP ${status} with ${what} instead of a stream of events: check OPENAI_BASE_URL, which usually ends in /v1.`,
  );
}

function compressed({ url }: Response, encoding: string): ModelError {
  return new ModelError(
    'provider_not_streaming',
    `The model's provider at ${new URL(url).host} compresses its answers (${encoding}) without being asked to: switch that off there, or in the proxy before it.`,
  );
}
