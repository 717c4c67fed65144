import { INVALID_REQUEST, type RequestId } from '@modelcontextprotocol/server';
import { inline } from '../content/report.ts';
import { refusal } from './json-rpc-refusal.ts';

const ID_LENGTH_MAX = 100;

export function requestIds(messages: readonly unknown[]): RequestId[] {
  return messages.map(requestId).filter((id) => id !== undefined);
}

/** Refuses a batch in which two requests have the same id: the SDK would answer only one of them. Undefined if there are none. */
export function refuseRepeatedIds(messages: readonly unknown[]): Response | undefined {
  const seen = new Set<RequestId>();
  for (const id of requestIds(messages)) {
    if (seen.has(id)) return refuseId(id, 'is in this batch');
    seen.add(id);
  }
  return undefined;
}

/** The answer's id is null: with the request's own it would pass for the answer to the other one. */
export function refuseId(id: RequestId, where: string): Response {
  const shown = typeof id === 'string' ? inline(id, ID_LENGTH_MAX) : id;
  const message = `Another request with the id ${shown} ${where}; send this one under an id of its own.`;
  return refusal(400, message, { code: INVALID_REQUEST });
}

/** The id of the request that a message cancels; undefined for any other message. */
export function cancelledId(message: unknown): RequestId | undefined {
  const { method, params } = Object(message) as { method?: unknown; params?: unknown };
  if (method !== 'notifications/cancelled') return undefined;
  const { requestId: id } = Object(params) as { requestId?: unknown };
  return id as RequestId | undefined;
}

function requestId(message: unknown): RequestId | undefined {
  const { id, method } = Object(message) as { id?: unknown; method?: unknown };
  const isRequest = typeof method === 'string' && (typeof id === 'string' || typeof id === 'number');
  return isRequest ? id : undefined;
}
