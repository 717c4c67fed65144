import type { Message } from './message.ts';

/** The field of its params that a request's `Mcp-Name` repeats. */
const NAMED_BY: Record<string, string> = {
  'tools/call': 'name',
  'prompts/get': 'name',
  'resources/read': 'uri',
  'tasks/get': 'taskId',
  'tasks/update': 'taskId',
  'tasks/cancel': 'taskId',
};

/** From 2026-07-28 on, headers repeat what is in the body, for proxies between client and server. */
export function revisionHeaders({ method = '', params }: Message, revision: string): Record<string, string> {
  const field = Object.hasOwn(NAMED_BY, method) ? NAMED_BY[method] : undefined;
  const name = field && params?.[field];
  return {
    'mcp-protocol-version': revision,
    'mcp-method': encodeHeader(method),
    ...(typeof name === 'string' && { 'mcp-name': encodeHeader(name) }),
  };
}

/** Headers hold printable ASCII without blanks around it; the protocol puts other text in base64. */
function encodeHeader(text: string): string {
  const isPlain = /^[\x21-\x7e]([\x20-\x7e\t]*[\x21-\x7e])?$/.test(text);
  if (isPlain && !/^=\?base64\?.*\?=$/.test(text)) return text;
  return `=?base64?${Buffer.from(text).toString('base64')}?=`;
}
