import { type ConfigEntry, ConfigSource } from '../wire/describe-configs.ts';
import { ErrorCode } from '../wire/error-codes.ts';
import { Refusal } from '../wire/refusal.ts';

/** The topic settings that the broker acts on. A retention of −1 means no limit. */
export type TopicConfig = {
  'retention.ms': number;
  'retention.bytes': number;
  'segment.bytes': number;
  'max.message.bytes': number;
};
type TopicConfigKey = keyof TopicConfig;

export const TOPIC_DEFAULTS: Readonly<TopicConfig> = {
  'retention.ms': 7 * 24 * 60 * 60 * 1000,
  'retention.bytes': -1,
  'segment.bytes': 16 * 1024 * 1024,
  'max.message.bytes': 1024 * 1024,
};

/** Of topics created without a count. */
export const PARTITIONS_DEFAULT = 1;

type Bounds = { min: number; max: number };

const BOUNDS: Record<TopicConfigKey, Bounds> = {
  'retention.ms': { min: -1, max: Number.MAX_SAFE_INTEGER },
  'retention.bytes': { min: -1, max: Number.MAX_SAFE_INTEGER },
  'segment.bytes': { min: 1024, max: 1024 ** 3 },
  'max.message.bytes': { min: 0, max: 1024 ** 3 },
};

/** Accepted because clients send them; any value but the one implemented is refused. */
const FIXED: Record<string, string> = {
  'cleanup.policy': 'delete',
  'compression.type': 'producer',
  'message.timestamp.type': 'CreateTime',
  'min.insync.replicas': '1',
};

/** Parses one setting. A fixed one is not stored. Throws a Refusal if it is invalid. */
export function parseConfig(name: string, value: string | null): Partial<TopicConfig> {
  const refusal = (problem: string) => new Refusal(ErrorCode.INVALID_CONFIG, `${name}: ${problem}`);
  if (Object.hasOwn(FIXED, name)) {
    if (value === FIXED[name]) return {};
    throw refusal(`this broker supports only "${FIXED[name]}", not "${value}"`);
  }
  if (!Object.hasOwn(BOUNDS, name)) {
    throw refusal(`unknown setting; it must be one of ${Object.keys(BOUNDS).join(', ')}`);
  }
  const { min, max } = BOUNDS[name as TopicConfigKey];
  const number = value === null || value.trim() === '' ? Number.NaN : Number(value);
  if (!Number.isSafeInteger(number) || number < min || number > max) {
    throw refusal(`must be an integer from ${min} to ${max}, not "${value}"`);
  }
  return { [name]: number };
}

export function parseConfigs(configs: { name: string; value: string | null }[]): Partial<TopicConfig> {
  const parsed: Partial<TopicConfig> = {};
  for (const { name, value } of configs) Object.assign(parsed, parseConfig(name, value));
  return parsed;
}

/** All settings of a topic as DescribeConfigs shows them. */
export function describeTopicConfig(effective: TopicConfig, own: Partial<TopicConfig>): ConfigEntry[] {
  const settable = Object.entries(effective).map(([name, value]) => ({
    name,
    value: String(value),
    readOnly: false,
    source: name in own ? ConfigSource.TOPIC : ConfigSource.DEFAULT,
  }));
  const fixed = Object.entries(FIXED).map(([name, value]) => ({
    name,
    value,
    readOnly: true,
    source: ConfigSource.DEFAULT,
  }));
  return [...settable, ...fixed];
}
