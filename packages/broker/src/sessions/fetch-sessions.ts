import { randomInt } from 'node:crypto';
import { LruCache } from '../storage/lru-cache.ts';
import { topicNameProblem } from '../topics/topic-name.ts';
import type { ByTopic } from '../wire/by-topic.ts';
import { ErrorCode } from '../wire/error-codes.ts';
import type { FetchPartition, FetchRequest } from '../wire/fetch.ts';
import { FetchSession } from './fetch-session.ts';

/** Each executor and each gateway has one. */
const SESSIONS_MAX = 200;
/** In one session; to follow more, each fetch must name them all. */
const PARTITIONS_MAX = 1_000;
const ID_MAX = 2 ** 31 - 1;

/** A full fetch, for which no session is kept. */
const NO_SESSION = -1;
const NEW_SESSION = 0;

/** The sessions of all consumers; when there are too many, the least recently used one is dropped. */
export class FetchSessions {
  readonly #sessions = new LruCache<number, FetchSession>(SESSIONS_MAX);

  /** Finds or creates the session of a fetch, and updates it; undefined if the fetch has none. */
  enter(request: FetchRequest): FetchSession | undefined | ErrorCode {
    const { sessionId, sessionEpoch, topics, forgotten } = request;
    if (sessionEpoch === NO_SESSION || sessionEpoch === NEW_SESSION) {
      this.#sessions.delete(sessionId);
      return sessionEpoch === NO_SESSION ? undefined : this.#begin(topics);
    }
    const session = this.#sessions.get(sessionId);
    if (!session) return ErrorCode.FETCH_SESSION_ID_NOT_FOUND;
    if (session.epoch !== sessionEpoch) return ErrorCode.INVALID_FETCH_SESSION_EPOCH;
    if (haveTopicNames(topics)) {
      session.follow(topics, forgotten);
      session.advance();
      if (session.size <= PARTITIONS_MAX) return session;
    }
    this.#sessions.delete(sessionId);
    return ErrorCode.FETCH_SESSION_ID_NOT_FOUND;
  }

  #begin(topics: ByTopic<FetchPartition>): FetchSession | undefined {
    const size = topics.reduce((sum, { partitions }) => sum + partitions.length, 0);
    if (size === 0 || size > PARTITIONS_MAX || !haveTopicNames(topics)) return undefined;
    let id: number;
    do id = randomInt(1, ID_MAX);
    while (this.#sessions.has(id));
    return this.#sessions.set(id, new FetchSession(id, topics));
  }
}

/** Invalid names may be as long as a request, and would be remembered for nothing. */
function haveTopicNames(topics: ByTopic<FetchPartition>): boolean {
  return topics.every(({ name }) => topicNameProblem(name) === undefined);
}
