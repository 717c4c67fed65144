import { attempt } from './command.ts';
import { haveImage } from './engine.ts';
import { composeFile } from './project.ts';

/** Which broker runs as the service `redpanda`, and the compose file that puts it there. */
export interface BrokerChoice {
  readonly name: string;
  readonly file?: string;
  /** Why it is not Redpanda. */
  readonly reason?: string;
}

const BUILD_TIMEOUT_MS = 300_000;
const REDPANDA = /image: (redpandadata\/redpanda:\S+)/;

/** Redpanda if its image is available; else Apache Kafka if its jars and a JRE are; else Millrace's own broker. */
export async function chooseBroker(): Promise<BrokerChoice> {
  const image = REDPANDA.exec(await Bun.file(composeFile('docker-compose.yml')).text())![1]!;
  if (await haveImage(image)) return { name: 'Redpanda' };
  const { exitCode, stderr } = await attempt(
    [
      'docker',
      'build',
      '--quiet',
      '--tag=millrace-tests/apache-kafka',
      '--target=apache-kafka',
      `--file=${composeFile('tests/compose/broker-images/Dockerfile')}`,
      composeFile('.'),
    ],
    { timeoutMs: BUILD_TIMEOUT_MS },
  );
  const reason = `${image} cannot be pulled`;
  if (exitCode === 0) return { name: 'Apache Kafka', file: 'tests/compose/apache-kafka.yml', reason };
  return {
    name: "Millrace's own broker",
    file: 'tests/compose/embedded-broker.yml',
    reason: `${reason}, and Apache Kafka's image cannot be built: ${stderr.split('\n').at(-1)}`,
  };
}
