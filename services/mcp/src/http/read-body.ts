import { SharedPlaces } from '@millrace/access';
import { isJsonContentType } from '@modelcontextprotocol/server';
import { refusal } from './json-rpc-refusal.ts';

const BODY_BYTES_MAX = 1024 * 1024;
/** Of a body without a declared length; each costs as much time as hundreds of bytes do, however small it is. */
const CHUNKS_MAX = 20_000;
/** A body that trickles in for longer is given up: it would hold its memory. */
const BODY_TIME_MS_MAX = 10_000;
/** A body this small takes no place: an ordinary call gets in, however many large ones are arriving. */
const SMALL_BYTES = 16 * 1024;
const LARGE_BODIES_MAX = 128;
const PARSE_ERROR = -32700;

/** The JSON value of a POST, or the refusal of one that has none. */
type ReadBody = (request: Request, owner: string | null) => Promise<{ value: unknown } | Response>;

/** Bounds how many large bodies arrive at once: clients that send slowly would fill the memory with them. */
export function createBodyReader(): ReadBody {
  const places = new SharedPlaces(LARGE_BODIES_MAX);
  return async (request, owner) => {
    if (Number(request.headers.get('content-length') ?? Infinity) <= SMALL_BYTES) return readBody(request);
    if (!places.isFreeFor(owner)) {
      const occupants = places.occupants(owner, 'large bodies');
      return refuseRest(429, `${occupants} are arriving here already; try again shortly.`);
    }
    places.take(owner);
    try {
      return await readBody(request);
    } finally {
      places.leave(owner);
    }
  };
}

async function readBody(request: Request): Promise<{ value: unknown } | Response> {
  if (!isJsonContentType(request.headers.get('content-type'))) {
    return refusal(415, 'The Content-Type must be application/json.');
  }
  const text = await inTime(readText(request)).catch(() =>
    refusal(400, 'The body could not be read.', { code: PARSE_ERROR }),
  );
  if (text instanceof Response) return text;
  try {
    return { value: JSON.parse(text) };
  } catch {
    return refusal(400, 'Parse error: the body is not JSON.', { code: PARSE_ERROR });
  }
}

async function inTime(reading: Promise<string | Response>): Promise<string | Response> {
  const { promise: late, resolve } = Promise.withResolvers<Response>();
  const detail = `The body did not arrive within ${BODY_TIME_MS_MAX / 1_000} s.`;
  const timer = setTimeout(() => resolve(refuseRest(408, detail)), BODY_TIME_MS_MAX);
  try {
    return await Promise.race([reading, late]);
  } finally {
    clearTimeout(timer);
  }
}

async function readText(request: Request): Promise<string | Response> {
  const declared = request.headers.get('content-length');
  if (declared !== null) return Number(declared) > BODY_BYTES_MAX ? tooLong() : request.text();
  const decoder = new TextDecoder();
  let text = '';
  let length = 0;
  let chunks = 0;
  for await (const chunk of request.body ?? []) {
    length += chunk.length;
    if (length > BODY_BYTES_MAX) return tooLong();
    if (++chunks > CHUNKS_MAX) {
      return refuseRest(
        413,
        `A body may come in up to ${CHUNKS_MAX} chunks; send larger ones, or its length.`,
      );
    }
    text += decoder.decode(chunk, { stream: true });
  }
  return text + decoder.decode();
}

function tooLong(): Response {
  return refuseRest(413, `The body is larger than ${BODY_BYTES_MAX} bytes.`);
}

/** What is left of the body is not read, so nothing else can follow on this connection. */
function refuseRest(status: number, message: string): Response {
  return refusal(status, message, { headers: { connection: 'close' } });
}
