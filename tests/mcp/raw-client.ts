/** A client of the 2026-07-28 revision without an SDK: the server is sent exactly what is written here. */

const VERSION = '2026-07-28';

export interface RawMessage {
  readonly id?: number;
  readonly method?: string;
  // biome-ignore lint/suspicious/noExplicitAny: what a stranger's client gets is unknown until it is looked at
  readonly params?: any;
  // biome-ignore lint/suspicious/noExplicitAny: the same
  readonly result?: any;
  readonly error?: { readonly code: number; readonly message: string; readonly data?: unknown };
}

export interface RawRequest {
  readonly method: string;
  readonly params?: Record<string, unknown>;
  /** The client's capabilities, such as `{ extensions: … }`. */
  readonly capabilities?: Record<string, unknown>;
  readonly progressToken?: string;
}

let lastId = 0;

/** The message as JSON, with the envelope of every request of the revision. */
export function rawMessage({ method, params = {}, capabilities = {}, progressToken }: RawRequest) {
  const envelope = {
    'io.modelcontextprotocol/protocolVersion': VERSION,
    'io.modelcontextprotocol/clientInfo': { name: 'raw', version: '1' },
    'io.modelcontextprotocol/clientCapabilities': capabilities,
  };
  const _meta = progressToken === undefined ? envelope : { ...envelope, progressToken };
  return { jsonrpc: '2.0', id: ++lastId, method, params: { ...params, _meta } };
}

/** Sends it over HTTP, with the headers that repeat parts of the body. */
export function rawPost(
  url: URL,
  request: RawRequest,
  headers: Record<string, string> = {},
  signal?: AbortSignal,
): Promise<Response> {
  const { params = {} } = request;
  const name = params.name ?? params.uri ?? params.taskId;
  return fetch(url, {
    method: 'POST',
    headers: {
      'content-type': 'application/json',
      accept: 'application/json, text/event-stream',
      'mcp-protocol-version': VERSION,
      'mcp-method': request.method,
      ...(typeof name === 'string' && { 'mcp-name': encodeHeader(name) }),
      ...headers,
    },
    body: JSON.stringify(rawMessage(request)),
    ...(signal && { signal }),
  });
}

/** Everything received for one request: notifications, then the answer. */
export async function rawExchange(
  url: URL,
  request: RawRequest,
  headers: Record<string, string> = {},
): Promise<RawMessage[]> {
  const response = await rawPost(url, request, headers);
  const text = await response.text();
  if (!response.headers.get('content-type')?.includes('text/event-stream')) return [JSON.parse(text)];
  return parseEvents(text);
}

/** Only the answer. */
export async function rawCall(
  url: URL,
  request: RawRequest,
  headers: Record<string, string> = {},
): Promise<RawMessage> {
  return (await rawExchange(url, request, headers)).at(-1)!;
}

/** What arrives on a stream, for as long as it is open. */
export function follow(response: Response) {
  const messages: RawMessage[] = [];
  const ended = (async () => {
    let rest = '';
    const decoder = new TextDecoder();
    for await (const bytes of response.body!) {
      const parts = (rest + decoder.decode(bytes, { stream: true })).split('\n\n');
      rest = parts.pop()!;
      for (const part of parts) messages.push(...parseEvents(part));
    }
  })();
  return { messages, updated: () => updatedIn(messages), ended };
}

/** The resources that were reported as changed. */
export function updatedIn(messages: readonly RawMessage[]): string[] {
  return messages
    .filter(({ method }) => method === 'notifications/resources/updated')
    .map(({ params }) => params.uri);
}

function parseEvents(text: string): RawMessage[] {
  return text
    .split('\n')
    .filter((line) => line.startsWith('data: {'))
    .map((line) => JSON.parse(line.slice('data: '.length)));
}

/** Headers hold visible ASCII; the protocol encodes other text in base64. */
function encodeHeader(text: string): string {
  return /^[\x21-\x7e]*$/.test(text) ? text : `=?base64?${Buffer.from(text).toString('base64')}?=`;
}
