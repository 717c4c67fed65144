/**
 * The part of Redpanda's rpk that this repository uses, for any Kafka-compatible broker. It refuses anything
 * else, so that a mistake in infra/redpanda fails here as it would there.
 */
import { parseArgs } from 'node:util';
import { ConfigResourceTypes, Kafka, logLevel } from 'kafkajs';

const [noun, verb, ...rest] = process.argv.slice(2);
const { values, positionals } = parseArgs({
  args: rest,
  allowPositionals: true,
  options: {
    partitions: { type: 'string', short: 'p' },
    replicas: { type: 'string', short: 'r' },
    'topic-config': { type: 'string', short: 'c', multiple: true },
    'if-not-exists': { type: 'boolean' },
    set: { type: 'string', short: 's', multiple: true },
    'no-confirm': { type: 'boolean' },
    'config-opt': { type: 'string', short: 'X', multiple: true },
  },
});

const brokers = values['config-opt']
  ?.find((option) => option.startsWith('brokers='))
  ?.slice('brokers='.length);
const admin = new Kafka({
  brokers: (brokers ?? '127.0.0.1:9092').split(','),
  logLevel: logLevel.NOTHING,
  connectionTimeout: 2_000,
  retry: { retries: 2 },
}).admin();

try {
  await admin.connect();
  await run(`${noun} ${verb}`, positionals);
} catch (error) {
  console.error(error instanceof Error ? error.message : error);
  process.exitCode = noun === 'cluster' ? 10 : 1;
} finally {
  await admin.disconnect();
}

async function run(command: string, topics: string[]): Promise<void> {
  switch (command) {
    case 'cluster info':
      await admin.describeCluster();
      return;
    case 'cluster health': {
      const { controller } = await admin.describeCluster();
      if (controller === null || controller < 0) throw new Error('the cluster has no controller');
      const { topics: described } = await admin.fetchTopicMetadata();
      const leaderless = described.filter(({ partitions }) => partitions.some(({ leader }) => leader < 0));
      if (leaderless.length > 0) throw new Error(`without a leader: ${leaderless.map(({ name }) => name)}`);
      return;
    }
    case 'topic create': {
      const existing = await admin.listTopics();
      const missing = topics.filter((topic) => !existing.includes(topic));
      if (missing.length < topics.length && !values['if-not-exists']) throw new Error('TOPIC_ALREADY_EXISTS');
      await admin.createTopics({
        waitForLeaders: false,
        topics: missing.map((topic) => ({
          topic,
          numPartitions: Number(values.partitions),
          replicationFactor: Number(values.replicas),
          configEntries: entries(values['topic-config']),
        })),
      });
      for (const topic of topics) console.log(`${topic}  ${missing.includes(topic) ? 'CREATED' : 'EXISTS'}`);
      return;
    }
    case 'topic alter-config': {
      if (!values['no-confirm']) throw new Error('cannot ask for confirmation: pass --no-confirm');
      await admin.alterConfigs({
        validateOnly: false,
        resources: topics.map((name) => ({
          type: ConfigResourceTypes.TOPIC,
          name,
          configEntries: entries(values.set),
        })),
      });
      return;
    }
    default:
      throw new Error(`unknown command "${command}"`);
  }
}

function entries(settings: string[] = []): { name: string; value: string }[] {
  return settings.map((setting) => {
    const [name, value] = setting.split('=', 2);
    if (!name || value === undefined) throw new Error(`not key=value: ${setting}`);
    return { name, value };
  });
}
