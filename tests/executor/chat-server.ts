import { createServer, type IncomingHttpHeaders, type IncomingMessage, type ServerResponse } from 'node:http';
import { freePort } from '@millrace/devstack';

/** A chat completions request, as far as tests look at it. */
export interface ChatRequest {
  readonly model: string;
  readonly messages: readonly { role: string; content: string | null; tool_call_id?: string }[];
  readonly tools?: readonly { function: { name: string } }[];
}

export interface ReceivedCall {
  readonly body: ChatRequest;
  readonly headers: IncomingHttpHeaders;
  /** Set once the client has closed the connection before the answer was complete. */
  abortedAt: number | undefined;
}

/** The answer to one request, piece by piece. Unless it ends with `finish`, its stream is cut. */
export interface ChatAnswer {
  text(text: string): void;
  /** Complete tool calls, in one piece. */
  calls(...calls: { id: string; name: string; arguments: string }[]): void;
  finish(reason: string, usage?: object): void;
  /** Sends the finish reason and nothing that normally follows it: neither token counts nor the end of the stream. */
  finishOnly(reason: string): void;
  /** Resolves when the client disconnects. */
  readonly gone: Promise<void>;
}

/** Streams an answer until it returns; or returns a response that is not a stream. */
export type ChatScript = (
  request: ChatRequest,
  answer: ChatAnswer,
) => Promise<void> | void | Refusal | Promise<Refusal>;

export interface Refusal {
  readonly status: number;
  readonly message: string;
  readonly headers?: Record<string, string>;
}

export interface ChatServer extends AsyncDisposable {
  readonly url: string;
  readonly calls: readonly ReceivedCall[];
  /** The highest number of concurrent calls. */
  readonly mostAtOnce: number;
}

/** A server for OpenAI's chat completions, scripted by the test piece by piece. */
export async function startChatServer(script: ChatScript): Promise<ChatServer> {
  const calls: ReceivedCall[] = [];
  let atOnce = 0;
  let mostAtOnce = 0;
  const server = createServer(async (request, response) => {
    const body: ChatRequest = JSON.parse(await textOf(request));
    const call: ReceivedCall = { body, headers: request.headers, abortedAt: undefined };
    calls.push(call);
    mostAtOnce = Math.max(mostAtOnce, ++atOnce);
    const gone = new Promise<void>((resolve) => {
      response.on('close', () => {
        atOnce--;
        if (!response.writableEnded) call.abortedAt = performance.now();
        resolve();
      });
    });
    const refusal = await script(body, answerTo(response, gone));
    if (refusal) {
      const { status, message, headers } = refusal;
      response.writeHead(status, { 'content-type': 'application/json', ...headers });
      response.end(JSON.stringify({ error: { message } }));
    } else {
      response.end();
    }
  });
  const port = await freePort();
  await new Promise<void>((resolve) => server.listen(port, '127.0.0.1', resolve));
  return {
    url: `http://127.0.0.1:${port}/v1`,
    calls,
    get mostAtOnce() {
      return mostAtOnce;
    },
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      server.close();
    },
  };
}

function answerTo(response: ServerResponse, gone: Promise<void>): ChatAnswer {
  const send = (data: object | string) => {
    if (!response.headersSent) response.writeHead(200, { 'content-type': 'text/event-stream' });
    response.write(`data: ${typeof data === 'string' ? data : JSON.stringify(data)}\n\n`);
  };
  const chunk = (fields: object) => ({ id: 'chat', object: 'chat.completion.chunk', ...fields });
  const piece = (delta: object, finish_reason: string | null = null) =>
    chunk({ choices: [{ index: 0, delta, finish_reason }] });
  return {
    text: (content) => send(piece({ content })),
    calls(...toolCalls) {
      const fragments = toolCalls.map(({ id, name, arguments: args }, index) => ({
        index,
        id,
        type: 'function',
        function: { name, arguments: args },
      }));
      send(piece({ tool_calls: fragments }));
    },
    finish(reason, usage) {
      send(piece({}, reason));
      if (usage) send(chunk({ choices: [], usage }));
      send('[DONE]');
    },
    finishOnly: (reason) => send(piece({}, reason)),
    gone,
  };
}

async function textOf(request: IncomingMessage): Promise<string> {
  const parts: Buffer[] = [];
  for await (const part of request) parts.push(part);
  return Buffer.concat(parts).toString();
}
