/** A client of the revisions before 2026-07-28 without an SDK. */

const clientInfo = { name: 'raw', version: '1' };
let lastId = 10_000;

export const legacy = (method: string, params: object = {}) => ({
  jsonrpc: '2.0',
  id: ++lastId,
  method,
  params,
});
export const initialize = (protocolVersion: unknown = '2025-11-25') =>
  legacy('initialize', { protocolVersion, capabilities: {}, clientInfo });
export const INITIALIZED = { jsonrpc: '2.0', method: 'notifications/initialized' };
export const listTasks = () => legacy('tools/call', { name: 'list_tasks', arguments: {} });

export const JSON_HEADERS = {
  'content-type': 'application/json',
  accept: 'application/json, text/event-stream',
};

/** @param message or a batch of them */
export function legacyPost(
  url: URL,
  message: object,
  headers: Readonly<Record<string, string>> = {},
): Promise<Response> {
  return fetch(url, {
    method: 'POST',
    headers: { ...JSON_HEADERS, ...headers },
    body: JSON.stringify(message),
  });
}

/** Resolves with the headers of further requests: these, and the one that names the session. */
export async function openSession(
  url: URL,
  headers: Readonly<Record<string, string>> = {},
  protocolVersion?: string,
): Promise<Record<string, string>> {
  const response = await legacyPost(url, initialize(protocolVersion), headers);
  await response.text();
  return { ...headers, 'mcp-session-id': response.headers.get('mcp-session-id')! };
}
