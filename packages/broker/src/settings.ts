import type { Logger } from './logger.ts';

/** Times in ms, sizes in bytes. Topics have settings of their own: topic-config.ts. */
export type BrokerSettings = {
  host: string;
  /** 0 picks a free port. */
  port: number;
  dataDir: string;
  /** The host that clients are told to connect to, if not `host`. */
  advertisedHost: string | undefined;
  autoCreateTopics: boolean;
  /** The total of requests that are arriving; one more waits, its connection unread. */
  unfinishedBytesMax: number;
  /** Connections beyond this are closed. */
  connectionsMax: number;
  /** How many log files are kept open. */
  filesMax: number;
  fetchBytesMax: number;
  sessionTimeoutMsMin: number;
  sessionTimeoutMsMax: number;
  /** How long a group's first member waits for others. */
  initialRebalanceDelayMs: number;
  /** A request must arrive whole, and a response be read, within this. */
  stuckTimeoutMs: number;
  idleTimeoutMs: number;
  log: Logger;
};

export type GroupSettings = Pick<
  BrokerSettings,
  'initialRebalanceDelayMs' | 'sessionTimeoutMsMin' | 'sessionTimeoutMsMax'
>;

export type BrokerOptions = Pick<BrokerSettings, 'dataDir'> & {
  [Name in keyof BrokerSettings]?: BrokerSettings[Name] | undefined;
};

const DEFAULTS: Omit<BrokerSettings, 'dataDir'> = {
  host: '127.0.0.1',
  port: 9092,
  advertisedHost: undefined,
  autoCreateTopics: true,
  unfinishedBytesMax: 32 * 1024 * 1024,
  connectionsMax: 1_000,
  filesMax: 128,
  fetchBytesMax: 4 * 1024 * 1024,
  sessionTimeoutMsMin: 1_000,
  sessionTimeoutMsMax: 300_000,
  initialRebalanceDelayMs: 100,
  stuckTimeoutMs: 30_000,
  idleTimeoutMs: 10 * 60 * 1000,
  log: () => {},
};

export function resolveSettings(options: BrokerOptions): BrokerSettings {
  const given = Object.entries(options).filter(([, value]) => value !== undefined);
  // A broker that runs out of descriptors spins in accept, and cannot open its log files.
  const descriptorsMax = descriptorLimit();
  return {
    ...DEFAULTS,
    connectionsMax: Math.min(DEFAULTS.connectionsMax, Math.floor(descriptorsMax / 2)),
    filesMax: Math.min(DEFAULTS.filesMax, Math.floor(descriptorsMax / 4)),
    ...(Object.fromEntries(given) as Pick<BrokerSettings, 'dataDir'>),
  };
}

/** How many files and connections this process may have open. */
function descriptorLimit(): number {
  const { userLimits } = process.report.getReport() as {
    userLimits?: { open_files?: { soft: number | 'unlimited' } };
  };
  const soft = userLimits?.open_files?.soft;
  return typeof soft === 'number' ? soft : Number.POSITIVE_INFINITY;
}
