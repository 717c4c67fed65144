import { randomInt } from 'node:crypto';
import { ErrorCode } from '../wire/error-codes.ts';
import type { FetchRequest } from '../wire/fetch.ts';
import { FetchSession } from './fetch-session.ts';

/** As many as Kafka keeps. */
const SESSIONS_MAX = 1_000;
const ID_MAX = 2 ** 31 - 1;

/** A fetch of all that it names, kept by nobody. */
const NO_SESSION = -1;
const NEW_SESSION = 0;

/** The sessions of all consumers; when there are too many, the one that was silent for longest has to begin anew. */
export class FetchSessions {
  readonly #sessions = new Map<number, FetchSession>();

  /** Finds or begins the session that a fetch belongs to, and brings it up to date; undefined if it belongs to none. */
  enter(request: FetchRequest): FetchSession | undefined | ErrorCode {
    const { sessionId, sessionEpoch, topics, forgotten } = request;
    if (sessionEpoch === NO_SESSION || sessionEpoch === NEW_SESSION) {
      this.#sessions.delete(sessionId);
      return sessionEpoch === NO_SESSION || topics.length === 0 ? undefined : this.#begin(request);
    }
    const session = this.#sessions.get(sessionId);
    if (!session) return ErrorCode.FETCH_SESSION_ID_NOT_FOUND;
    if (session.epoch !== sessionEpoch) return ErrorCode.INVALID_FETCH_SESSION_EPOCH;
    session.follow(topics, forgotten);
    session.advance();
    this.#sessions.delete(sessionId);
    this.#sessions.set(sessionId, session);
    return session;
  }

  #begin({ topics }: FetchRequest): FetchSession {
    if (this.#sessions.size >= SESSIONS_MAX) {
      const [silent] = this.#sessions.keys();
      this.#sessions.delete(silent!);
    }
    let id: number;
    do id = randomInt(1, ID_MAX);
    while (this.#sessions.has(id));
    const session = new FetchSession(id, topics);
    this.#sessions.set(id, session);
    return session;
  }
}
