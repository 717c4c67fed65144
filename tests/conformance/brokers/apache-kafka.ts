import { existsSync, statSync } from 'node:fs';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { freePort } from '@millrace/devstack';
import { type BrokerProcess, dataFolder, startBrokerProcess } from './broker-process.ts';

const POM = join(import.meta.dir, '../../../infra/kafka/pom.xml');
const CLASSPATH_FILE = join(import.meta.dir, '../../../infra/kafka/target/classpath');
const JAVA_VERSION_MIN = 17;

// For minutes on a shared machine: quick to start, small, one collector thread.
const JVM = ['-Xmx512m', '-XX:+UseSerialGC', '-XX:TieredStopAtLevel=1', '-Dlog4j2.level=WARN'];

export interface ApacheKafkaOptions {
  /** Default: a temporary one. */
  dataDir?: string;
  autoCreateTopics?: boolean;
  /** Settings of `server.properties`, overriding those of this launcher. */
  settings?: Record<string, string>;
  /** Listeners besides the plain-text one that the launcher itself uses: name, port and security protocol. */
  listeners?: readonly { name: string; port: number; protocol: 'SSL' | 'SASL_SSL' | 'SASL_PLAINTEXT' }[];
  /** For both SCRAM mechanisms. */
  scramUsers?: Record<string, string>;
}

/** Why Apache Kafka cannot run here, or `undefined` if it can. */
export function apacheKafkaAvailable(): string | undefined {
  if (!Bun.which('java')) {
    return `java is not on PATH (install a JRE ${JAVA_VERSION_MIN} or newer)`;
  }
  const { stderr } = Bun.spawnSync(['java', '-version'], { stdin: 'ignore' });
  const version = Number(/version "(\d+)/.exec(stderr.toString())?.[1]);
  if (!(version >= JAVA_VERSION_MIN)) {
    return `java is version ${version}, Apache Kafka needs ${JAVA_VERSION_MIN} or newer`;
  }
  if (!Bun.which('mvn') && !existsSync(CLASSPATH_FILE)) {
    return 'mvn is not on PATH to fetch the jars (install Maven)';
  }
  return undefined;
}

/** A KRaft node (broker and controller in one) of the version named in infra/kafka/pom.xml. */
export async function startApacheKafka({
  dataDir,
  autoCreateTopics = true,
  settings = {},
  listeners = [],
  scramUsers = {},
}: ApacheKafkaOptions = {}): Promise<BrokerProcess> {
  const unavailable = apacheKafkaAvailable();
  if (unavailable) {
    throw new Error(`Apache Kafka cannot run here: ${unavailable}`);
  }
  const classpath = await resolveClasspath();
  const java = ['java', ...JVM, '-cp', classpath];
  const port = await freePort();
  const folder = await dataFolder(dataDir);
  const properties = join(folder.path, 'server.properties');
  await mkdir(folder.path, { recursive: true });
  const own = { 'auto.create.topics.enable': String(autoCreateTopics), ...settings };
  await writeFile(properties, await serverProperties(port, join(folder.path, 'data'), listeners, own));
  if (!existsSync(join(folder.path, 'data/meta.properties'))) {
    const clusterId = Buffer.from(crypto.getRandomValues(new Uint8Array(16))).toString('base64url');
    // With an equals sign, since the id may begin with a dash.
    const format = ['kafka.tools.StorageTool', 'format', `--cluster-id=${clusterId}`, '-c', properties];
    const users = Object.entries(scramUsers).flatMap(([name, password]) =>
      ['SCRAM-SHA-256', 'SCRAM-SHA-512'].flatMap((mechanism) => [
        '--add-scram',
        `${mechanism}=[name=${name},password=${password}]`,
      ]),
    );
    await run([...java, ...format, ...users]);
  }
  return startBrokerProcess({
    name: 'Apache Kafka',
    command: [...java, 'kafka.Kafka', properties],
    port,
    folder,
    startTimeoutMs: 60_000,
  });
}

async function serverProperties(
  port: number,
  dataDir: string,
  more: NonNullable<ApacheKafkaOptions['listeners']>,
  settings: Record<string, string>,
): Promise<string> {
  const controllerPort = await freePort();
  const addresses = [`PLAINTEXT://127.0.0.1:${port}`];
  for (const listener of more) addresses.push(`${listener.name}://127.0.0.1:${listener.port}`);
  const protocols = more.map(({ name, protocol }) => `${name}:${protocol}`);
  const properties: Record<string, string> = {
    'process.roles': 'broker,controller',
    'node.id': '1',
    'controller.quorum.voters': `1@127.0.0.1:${controllerPort}`,
    'controller.listener.names': 'CONTROLLER',
    listeners: [...addresses, `CONTROLLER://127.0.0.1:${controllerPort}`].join(),
    'advertised.listeners': addresses.join(),
    'listener.security.protocol.map': ['PLAINTEXT:PLAINTEXT', 'CONTROLLER:PLAINTEXT', ...protocols].join(),
    'log.dirs': dataDir,
    'offsets.topic.replication.factor': '1',
    'offsets.topic.num.partitions': '1',
    'transaction.state.log.replication.factor': '1',
    'transaction.state.log.num.partitions': '1',
    'transaction.state.log.min.isr': '1',
    'share.coordinator.state.topic.replication.factor': '1',
    'share.coordinator.state.topic.min.isr': '1',
    'group.initial.rebalance.delay.ms': '0',
    'group.min.session.timeout.ms': '1000',
    'broker.session.timeout.ms': '3000',
    ...settings,
  };
  return Object.entries(properties)
    .map(([name, value]) => `${name}=${value}\n`)
    .join('');
}

async function resolveClasspath(): Promise<string> {
  const known = existsSync(CLASSPATH_FILE) && statSync(CLASSPATH_FILE).mtimeMs > statSync(POM).mtimeMs;
  if (known) {
    const classpath = await readFile(CLASSPATH_FILE, 'utf8');
    if (classpath.split(':').every((jar) => existsSync(jar))) {
      return classpath;
    }
  }
  await run(['mvn', '--quiet', '--batch-mode', '--file', POM, 'dependency:build-classpath']);
  return readFile(CLASSPATH_FILE, 'utf8');
}

async function run(command: string[]): Promise<void> {
  const child = Bun.spawn(command, { stdin: 'ignore', stdout: 'pipe', stderr: 'pipe' });
  const [output, errors] = await Promise.all([
    new Response(child.stdout).text(),
    new Response(child.stderr).text(),
  ]);
  if ((await child.exited) !== 0) {
    throw new Error(`${command[0]} … ${command.at(-1)} failed:\n${output}${errors}`);
  }
}
