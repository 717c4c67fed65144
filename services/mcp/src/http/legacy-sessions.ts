import type { Access } from '@millrace/access';
import type { Server } from '@modelcontextprotocol/server';
import type { Rechecks, StillAllowed } from '../access/rechecks.ts';
import { begunStream } from './begun-stream.ts';
import { refusal } from './json-rpc-refusal.ts';
import { SessionTransport } from './session-transport.ts';

const SESSIONS_MAX = 1_000;
const IDLE_MS_MAX = 60 * 60_000;
const SWEEP_INTERVAL_MS = 60_000;
const SESSION_HEADER = 'mcp-session-id';

interface Session {
  readonly transport: SessionTransport;
  readonly server: Server;
  /** Of whom opened it: nobody else may use the session, whoever learns of its id. */
  readonly access: Access;
  usedAt: number;
  /** The stream that is open, over which it hears. */
  stream: symbol | undefined;
  hasSubscribed: boolean;
  /** To be called when it has ended. */
  forget(): void;
}

/**
 * Clients of the revisions before 2026-07-28 open a session, over which they hear of resources that have changed. Sessions live in
 * memory: after a restart their clients are told 404, on which the protocol has them open another.
 */
export class LegacySessions {
  readonly #createServer: (access: Access) => Server;
  readonly #rechecks: Rechecks;
  readonly #sessions = new Map<string, Session>();
  readonly #sweeper: ReturnType<typeof setInterval>;

  constructor(createServer: (access: Access) => Server, rechecks: Rechecks) {
    this.#createServer = createServer;
    this.#rechecks = rechecks;
    this.#sweeper = setInterval(() => this.#sweep(), SWEEP_INTERVAL_MS);
  }

  static isOf(request: Request): boolean {
    return request.headers.has(SESSION_HEADER);
  }

  /** Answers `initialize`. */
  async open(
    request: Request,
    parsedBody: unknown,
    access: Access,
    stillAllowed: StillAllowed,
  ): Promise<Response> {
    const server = this.#createServer(access);
    const transport = new SessionTransport({
      sessionIdGenerator: () => crypto.randomUUID(),
      onsessioninitialized: (id) => {
        const forget = this.#rechecks.add(stillAllowed, () => this.#endOnceAnswered(id));
        const nothingYet = { usedAt: Date.now(), stream: undefined, hasSubscribed: false };
        this.#keep(id, { server, transport, access, forget, ...nothingYet });
      },
      onsessionclosed: (id) => this.#remove(id),
    });
    await server.connect(transport);
    return transport.handleRequest(request, { parsedBody });
  }

  /** Answers everything in a session; `parsedBody` is undefined but for POST. */
  async handle(request: Request, parsedBody: unknown, access: Access): Promise<Response> {
    const session = this.#sessions.get(request.headers.get(SESSION_HEADER) ?? '');
    if (!session || holderOf(session) !== holderOf({ access })) {
      return refusal(404, 'Session not found; open another with initialize.', { code: -32001 });
    }
    session.usedAt = Date.now();
    session.hasSubscribed ||= [parsedBody ?? []].flat().some(isSubscription);
    const response = await session.transport.handleRequest(request, { parsedBody });
    return request.method === 'GET' ? hear(session, response) : response;
  }

  /**
   * Ends that session of an owner that may hold places for watching, and whose client seems to have gone: of several the one that was
   * not used for longest.
   *
   * @returns whether there was one
   */
  endUnused(owner: string | null): boolean {
    const unused = [...this.#sessions].filter(
      ([, session]) => session.access.caller.owner === owner && session.hasSubscribed && !isInUse(session),
    );
    return this.#endLongestUnused(unused);
  }

  async close(): Promise<void> {
    clearInterval(this.#sweeper);
    const all = [...this.#sessions.values()];
    this.#sessions.clear();
    await Promise.all(all.map(({ server }) => server.close().catch(() => {})));
  }

  #keep(id: string, session: Session): void {
    this.#sessions.set(id, session);
    if (this.#sessions.size <= SESSIONS_MAX) return;
    // Whoever opens many loses their own, and nobody else's.
    const byHolder = Map.groupBy(this.#sessions, ([, held]) => holderOf(held));
    const [most = []] = [...byHolder.values()].sort((a, b) => b.length - a.length);
    this.#endLongestUnused(most);
  }

  #endLongestUnused(sessions: [string, Session][]): boolean {
    const [longestUnused] = sessions.sort(([, a], [, b]) => lastUse(a) - lastUse(b));
    if (longestUnused) this.#end(...longestUnused);
    return longestUnused !== undefined;
  }

  #sweep(): void {
    const endsBefore = Date.now() - IDLE_MS_MAX;
    for (const [id, session] of this.#sessions) if (lastUse(session) < endsBefore) this.#end(id, session);
  }

  /** Nobody is told anything any more, but that calls under way are answered. */
  #endOnceAnswered(id: string): void {
    const session = this.#sessions.get(id);
    session?.transport.closeStandaloneSSEStream();
    if (session && !session.transport.isBusy) this.#end(id, session);
  }

  #end(id: string, { server }: Session): void {
    this.#remove(id);
    void server.close().catch(() => {});
  }

  #remove(id: string): void {
    this.#sessions.get(id)?.forget();
    this.#sessions.delete(id);
  }
}

function holderOf({ access: { client, scopes } }: Pick<Session, 'access'>): string {
  return JSON.stringify([client, scopes]);
}

function isSubscription(message: unknown): boolean {
  return Object(message).method === 'resources/subscribe';
}

/** Whoever hears, or waits for an answer, may have nothing to ask for hours. */
function isInUse({ stream, transport }: Session): boolean {
  return stream !== undefined || transport.isBusy;
}

function lastUse(session: Session): number {
  return isInUse(session) ? Date.now() : session.usedAt;
}

/** Notes that the session has a stream, for as long as it is open. */
function hear(session: Session, response: Response): Response {
  const stream = Symbol('stream');
  if (response.ok) session.stream = stream;
  return begunStream(response, () => {
    if (session.stream !== stream) return;
    session.stream = undefined;
    session.usedAt = Date.now();
  });
}
