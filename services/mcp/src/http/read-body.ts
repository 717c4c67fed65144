import { isJsonContentType, readRequestBody } from '@modelcontextprotocol/server';
import { refusal } from './json-rpc-refusal.ts';

const BODY_BYTES_MAX = 1024 * 1024;
const PARSE_ERROR = -32700;

/** The JSON value of a POST, or the refusal of one that has none. */
export async function readBody(request: Request): Promise<{ value: unknown } | Response> {
  if (!isJsonContentType(request.headers.get('content-type'))) {
    return refusal(415, 'The Content-Type must be application/json.');
  }
  const body = await readRequestBody(request, BODY_BYTES_MAX).catch(() => null);
  if (!body) return refusal(400, 'The body could not be read.', { code: PARSE_ERROR });
  if (body.tooLarge) return refusal(413, `The body is larger than ${BODY_BYTES_MAX} bytes.`);
  try {
    return { value: JSON.parse(body.text) };
  } catch {
    return refusal(400, 'Parse error: the body is not JSON.', { code: PARSE_ERROR });
  }
}
