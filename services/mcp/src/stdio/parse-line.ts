import {
  INVALID_REQUEST,
  type JSONRPCMessage,
  PARSE_ERROR,
  parseJSONRPCMessage,
  type RequestId,
} from '@modelcontextprotocol/server';

/** A message, or the answer to a line that is not one. */
type ParsedLine =
  | { readonly message: JSONRPCMessage; readonly refusal?: never }
  | { readonly message?: never; readonly refusal: JSONRPCMessage };

export function parseLine(line: string): ParsedLine {
  let value: unknown;
  try {
    value = JSON.parse(line);
  } catch {
    return { refusal: refusalOf(null, PARSE_ERROR, 'This line is not JSON.') };
  }
  try {
    return { message: parseJSONRPCMessage(value) };
  } catch {
    const { id } = Object(value) as { id?: unknown };
    const known = typeof id === 'string' || typeof id === 'number' ? id : null;
    return { refusal: refusalOf(known, INVALID_REQUEST, 'This line is not a message of JSON-RPC 2.0.') };
  }
}

/** JSON-RPC wants a null id where there is none, for which the SDK's type has no room. */
function refusalOf(id: RequestId | null, code: number, message: string): JSONRPCMessage {
  return { jsonrpc: '2.0', id, error: { code, message } } as JSONRPCMessage;
}
