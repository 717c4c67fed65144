import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { GroupCoordinator } from './groups/coordinator.ts';
import { GroupStore } from './groups/group-store.ts';
import { ProducerIds } from './producers/producer-ids.ts';
import type { BrokerContext } from './server/context.ts';
import { listen } from './server/listener.ts';
import { RequestRoom } from './server/request-room.ts';
import { FetchSessions } from './sessions/fetch-sessions.ts';
import { type BrokerOptions, resolveSettings } from './settings.ts';
import { lockDataFolder } from './storage/data-lock.ts';
import { readJson, replaceFile } from './storage/durable-file.ts';
import { Retention } from './topics/retention.ts';
import { TopicStore } from './topics/topic-store.ts';

export type Broker = {
  host: string;
  port: number;
  /** Closes connections, fsyncs, and unlocks the data folder. Calling it again does nothing. */
  stop(): Promise<void>;
};

/**
 * Starts a broker in this process. If the data folder is in use or unreadable, or the port is taken, it throws
 * and leaves nothing open.
 */
export function startBroker(options: BrokerOptions): Broker {
  const settings = resolveSettings(options);
  const logger = settings.log;
  mkdirSync(settings.dataDir, { recursive: true });
  /** Undo the steps so far; run from last to first. */
  const releases: (() => void | Promise<void>)[] = [lockDataFolder(settings.dataDir)];
  try {
    const inData = (name: string) => join(settings.dataDir, name);
    const offsets = new GroupStore(inData('group-offsets.log'), logger);
    releases.push(() => offsets.close());
    const topics = new TopicStore(settings.dataDir, settings.filesMax, logger);
    releases.push(() => topics.close());
    const retention = new Retention(topics, logger);
    releases.push(() => retention.stop());
    const groups = new GroupCoordinator(offsets, settings, logger);
    releases.push(() => groups.close());
    const producerIds = new ProducerIds(inData('next-producer-id.json'));
    const clusterId = loadClusterId(inData('cluster.json'));
    const advertised = { host: settings.advertisedHost ?? reachable(settings.host), port: settings.port };
    const context: BrokerContext = {
      settings,
      clusterId,
      advertised,
      topics,
      groups,
      fetchSessions: new FetchSessions(),
      producerIds,
      retention,
      logger,
      requestRoom: new RequestRoom(settings.unfinishedBytesMax),
      unsent: { bytes: 0 },
    };
    const listener = listen(context);
    releases.push(() => listener.stop());
    advertised.port = listener.port;
    retention.sweep();
    return {
      host: settings.host,
      port: listener.port,
      stop: async () => {
        for (let release = releases.pop(); release !== undefined; release = releases.pop()) await release();
      },
    };
  } catch (error) {
    // Nothing was served yet, so nothing is lost by not waiting.
    for (const release of releases.reverse()) void release();
    throw error;
  }
}

/** Clients cannot connect to a wildcard address. */
function reachable(host: string): string {
  return host === '0.0.0.0' || host === '::' ? 'localhost' : host;
}

function loadClusterId(path: string): string {
  const stored = readJson(path);
  if (typeof stored === 'string') return stored;
  const clusterId = crypto.randomUUID();
  replaceFile(path, JSON.stringify(clusterId));
  return clusterId;
}
