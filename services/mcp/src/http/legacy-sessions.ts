import type { Access } from '@millrace/access';
import type { Server } from '@modelcontextprotocol/server';
import type { Rechecks, StillAllowed } from '../access/rechecks.ts';
import { parseResourceUri } from '../resources/uri.ts';
import { refusal } from './json-rpc-refusal.ts';
import { SessionTransport } from './session-transport.ts';

const SESSIONS_MAX = 1_000;
const IDLE_MS_MAX = 60 * 60_000;
/** Who was away for as long makes room for others, where there is none. */
const AWAY_MS_MIN = 5 * 60_000;
const SWEEP_INTERVAL_MS = 60_000;
const SESSION_HEADER = 'mcp-session-id';

interface Session {
  readonly transport: SessionTransport;
  readonly server: Server;
  /** Of whom opened it: nobody else may use the session, whoever learns of its id. */
  readonly access: Access;
  mayWatchTasks: boolean;
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
        this.#keep(id, { server, transport, access, mayWatchTasks: false, forget });
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
    session.mayWatchTasks ||= [parsedBody ?? []].flat().some(isTaskSubscription);
    return session.transport.handleRequest(request, { parsedBody });
  }

  /**
   * Ends that session of an owner that may hold places for watching, and whose client seems to have gone: of several the one that was
   * not used for longest.
   *
   * @param ofOthers those of others will do, if they were not used for long
   * @returns whether there was one
   */
  endUnused(owner: string | null, ofOthers: boolean): boolean {
    const awaySince = Date.now() - AWAY_MS_MIN;
    const unused = [...this.#sessions].filter(
      ([, { access, mayWatchTasks, transport }]) =>
        mayWatchTasks &&
        !transport.isInUse &&
        (access.caller.owner === owner || (ofOthers && transport.lastUse <= awaySince)),
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
    const [longestUnused] = sessions.sort(([, a], [, b]) => a.transport.lastUse - b.transport.lastUse);
    if (longestUnused) this.#end(...longestUnused);
    return longestUnused !== undefined;
  }

  #sweep(): void {
    const endsBefore = Date.now() - IDLE_MS_MAX;
    for (const [id, session] of this.#sessions)
      if (session.transport.lastUse < endsBefore) this.#end(id, session);
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

function isTaskSubscription(message: unknown): boolean {
  const { method, params } = Object(message);
  return method === 'resources/subscribe' && parseResourceUri(String(Object(params).uri))?.kind === 'task';
}
