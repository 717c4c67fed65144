import type { Access } from '@millrace/access';
import type { Server } from '@modelcontextprotocol/server';
import type { Rechecks, StillAllowed } from '../access/rechecks.ts';
import { refusal } from './json-rpc-refusal.ts';
import { SessionTransport } from './session-transport.ts';

const SESSIONS_MAX = 1_000;
const IDLE_MS_MAX = 60 * 60_000;
/** A client that has lost its stream opens another long before that. */
const RETURN_MS_MAX = 60_000;
const SWEEP_INTERVAL_MS = 60_000;
const SESSION_HEADER = 'mcp-session-id';

interface Session {
  readonly transport: SessionTransport;
  readonly server: Server;
  /** Of the client that opened it: nobody else may use the session, even with its id. */
  readonly access: Access;
  /** To be called when it has ended. */
  forget(): void;
}

/**
 * Clients of revisions before 2026-07-28 open a session, over which they hear of resources that have changed.
 * Sessions live in memory: after a restart their clients get 404, upon which the protocol has them open
 * another.
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
        this.#keep(id, { server, transport, access, forget });
      },
      onsessionclosed: (id) => this.#remove(id),
    });
    await server.connect(transport);
    return transport.handleRequest(request, { parsedBody });
  }

  /** Answers everything in a session; `parsedBody` is undefined except for POST. */
  async handle(request: Request, parsedBody: unknown, access: Access): Promise<Response> {
    const session = this.#sessions.get(request.headers.get(SESSION_HEADER) ?? '');
    if (!session || holderOf(session) !== holderOf({ access })) {
      return refusal(404, 'Session not found; open another with initialize.', { code: -32001 });
    }
    return session.transport.handleRequest(request, { parsedBody });
  }

  /**
   * Of an owner's sessions that may hold places for watching, and whose clients seem to be gone, ends the one
   * that was unused for longest.
   *
   * @param ofAnyone of others' sessions too, if unused for so long that their clients will not return
   * @returns whether there was one
   */
  endUnused(owner: string | null, ofAnyone: boolean): boolean {
    const gone = Date.now() - RETURN_MS_MAX;
    const unused = [...this.#sessions].filter(([, { access, transport }]) => {
      if (!transport.mayWatchTasks || transport.isInUse) return false;
      return access.caller.owner === owner || (ofAnyone && transport.lastUse < gone);
    });
    return this.#endLongestUnused(unused);
  }

  async close(): Promise<void> {
    clearInterval(this.#sweeper);
    await Promise.all([...this.#sessions.values()].map(({ server }) => server.close().catch(() => {})));
  }

  #keep(id: string, session: Session): void {
    this.#sessions.set(id, session);
    if (this.#sessions.size <= SESSIONS_MAX) return;
    // A client that opens many loses its own, and nobody else's.
    const byHolder = Map.groupBy(this.#sessions, ([, held]) => holderOf(held));
    const [most = []] = [...byHolder.values()].sort((a, b) => b.length - a.length);
    this.#endLongestUnused(most);
  }

  #endLongestUnused(sessions: [string, Session][]): boolean {
    const [longestUnused] = sessions.sort(([, a], [, b]) => a.transport.lastUse - b.transport.lastUse);
    if (longestUnused) this.#end(...longestUnused);
    return longestUnused !== undefined;
  }

  #sweep(): void {
    const endsBefore = Date.now() - IDLE_MS_MAX;
    for (const [id, session] of this.#sessions)
      if (session.transport.lastUse < endsBefore) this.#end(id, session);
  }

  /** No more is told to the client, except the answers to calls in progress. */
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
