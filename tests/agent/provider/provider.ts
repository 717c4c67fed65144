import {
  type ChatCompletionRequest,
  type ChatMessage,
  createServer,
  type Fixture,
  getTextContent,
  isChatCompletionBody,
  type ServerInstance,
} from '@copilotkit/aimock';
import { freePort } from '@millrace/devstack';
import { ConnectionLog } from './connection-log.ts';
import { dressReplies } from './dress-replies.ts';
import type { Reply } from './replies.ts';

/** A request that arrived, from the server's own log. */
export interface LoggedRequest {
  /** Which turn of the conversation it requests, from 1. */
  readonly turn: number;
  /** When it arrived, in milliseconds since 1970. */
  readonly at: number;
  readonly status: number;
  readonly body: ChatCompletionRequest;
}

/** aimock, a third-party OpenAI-compatible server; its answers are scripted per prompt. */
export class Provider implements AsyncDisposable {
  readonly connections: ConnectionLog;
  readonly #server: ServerInstance;
  readonly #fixtures: Fixture[];

  private constructor(server: ServerInstance, fixtures: Fixture[]) {
    this.#server = server;
    this.#fixtures = fixtures;
    this.connections = new ConnectionLog(server.server);
    dressReplies(server.server);
  }

  /** Any other key is answered 401. */
  static async start(apiKey: string): Promise<Provider> {
    const fixtures: Fixture[] = [];
    const server = await createServer(fixtures, {
      host: '127.0.0.1',
      port: await freePort(),
      auth: { apiKeys: [apiKey] },
      journalMaxEntries: 0,
    });
    return new Provider(server, fixtures);
  }

  get baseUrl(): string {
    return `${this.#server.url}/v1`;
  }

  /** The same server in OpenRouter's dialect, which, unlike its OpenAI one, reports cached tokens. */
  get openRouterUrl(): string {
    return `${this.#server.url}/api/v1`;
  }

  /**
   * What the model says to a prompt, turn by turn. If a turn is a list, its first reply answers the first request for it, and
   * so on; a request beyond the list, or beyond the last turn, gets a 404.
   */
  script(prompt: string, ...turns: (Reply | readonly Reply[])[]): void {
    for (const [index, turn] of turns.entries()) {
      const predicate = (request: ChatCompletionRequest) =>
        promptOf(request) === prompt && turnOf(request) === index + 1;
      if (!Array.isArray(turn)) this.#fixtures.push({ match: { predicate }, ...(turn as Reply) });
      else
        for (const [sequenceIndex, reply] of (turn as Reply[]).entries())
          this.#fixtures.push({ match: { predicate, sequenceIndex }, ...reply });
    }
  }

  /** In the order in which they arrived. */
  requests(prompt?: string): LoggedRequest[] {
    return this.#server.journal.getAll().flatMap(({ body, timestamp, response }) => {
      if (!isChatCompletionBody(body) || (prompt !== undefined && promptOf(body) !== prompt)) return [];
      return [{ turn: turnOf(body), at: timestamp, status: response.status, body }];
    });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    const { server } = this.#server;
    const closed = new Promise((resolve) => server.close(resolve));
    server.closeAllConnections();
    await closed;
  }
}

function promptOf({ messages }: ChatCompletionRequest): string | null {
  const prompt = messages.find(({ role }) => role === 'user');
  return prompt ? getTextContent(prompt.content) : null;
}

/** The tool outputs as the model reads them, by call id. */
export function toolAnswersIn({ messages }: ChatCompletionRequest): Map<string, string> {
  const answers = messages.filter((message): message is ChatMessage => message.role === 'tool');
  return new Map(
    answers.map(({ tool_call_id, content }) => [tool_call_id ?? '', getTextContent(content) ?? '']),
  );
}

function turnOf({ messages }: ChatCompletionRequest): number {
  return messages.filter(({ role }) => role === 'assistant').length + 1;
}
