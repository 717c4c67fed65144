import type { GroupCoordinator } from '../groups/coordinator.ts';
import type { Logger } from '../logger.ts';
import type { ProducerIds } from '../producers/producer-ids.ts';
import type { FetchSessions } from '../sessions/fetch-sessions.ts';
import type { BrokerSettings } from '../settings.ts';
import type { Retention } from '../topics/retention.ts';
import type { TopicStore } from '../topics/topic-store.ts';
import type { Reader } from '../wire/reader.ts';
import type { Writer } from '../wire/writer.ts';
import type { RequestRoom } from './request-room.ts';

export const NODE_ID = 1;

/** What handlers work on. */
export type BrokerContext = {
  settings: BrokerSettings;
  clusterId: string;
  /** What clients are told to connect to. */
  advertised: { host: string; port: number };
  topics: TopicStore;
  groups: GroupCoordinator;
  fetchSessions: FetchSessions;
  producerIds: ProducerIds;
  retention: Retention;
  logger: Logger;
  requestRoom: RequestRoom;
  /** The total of what clients have not read yet. */
  unsent: { bytes: number };
};

/** What a handler may know and do about its request's connection. */
export type ClientContext = {
  clientId: string;
  host: string;
  /** Runs when the connection closes, if the request is still unanswered. */
  onDisconnect(run: () => void): void;
  /** Runs when another request waits behind this one on the same connection. */
  onOvertaken(run: () => void): void;
};

/** Writes the response's body. It runs at once, or never if the connection is gone. */
export type Encode = (writer: Writer) => void;

/**
 * Handles one request. The reader's bytes are valid until the first await. Null means that no response is sent.
 */
export type Handler = (
  broker: BrokerContext,
  reader: Reader,
  version: number,
  client: ClientContext,
) => Encode | null | Promise<Encode>;
