/** A JSON-RPC message, as far as the bridge has to look at it. */
export interface Message {
  readonly jsonrpc: '2.0';
  readonly id?: MessageId | null;
  readonly method?: string;
  readonly params?: { readonly [key: string]: unknown };
  readonly result?: { readonly [key: string]: unknown };
  readonly error?: { readonly code: number; readonly message: string; readonly data?: unknown };
}

export type MessageId = string | number;
export type Request = Message & { readonly id: MessageId; readonly method: string };

export const PARSE_ERROR = -32700;
export const INVALID_REQUEST = -32600;
export const INTERNAL_ERROR = -32603;

export function isRequest(message: Message): message is Request {
  const { id, method } = message;
  return typeof method === 'string' && (typeof id === 'string' || typeof id === 'number');
}

export function isAnswerTo({ id }: Request, message: Message): boolean {
  return message.method === undefined && message.id === id;
}

/** The message that a text holds, or the error code for one that holds none. */
export function parseMessage(text: string): Message | typeof PARSE_ERROR | typeof INVALID_REQUEST {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return PARSE_ERROR;
  }
  return (Object(value) as { jsonrpc?: unknown }).jsonrpc === '2.0' ? (value as Message) : INVALID_REQUEST;
}

const REVISION_KEY = 'io.modelcontextprotocol/protocolVersion';

/** The protocol's revision that a message names itself, as those from 2026-07-28 on do; undefined for earlier ones. */
export function ownRevision({ params }: Message): string | undefined {
  const { [REVISION_KEY]: revision } = Object(params?._meta) as Record<string, unknown>;
  return typeof revision === 'string' ? revision : undefined;
}
