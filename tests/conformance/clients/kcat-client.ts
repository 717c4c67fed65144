import { eventually } from '../../waiting.ts';
import {
  DEFAULT_MAX_WAIT_MS,
  type GroupOptions,
  heartbeatIntervalMs,
  type KafkaClient,
  type OutgoingRecord,
  type ReceivedRecord,
} from './client.ts';
import { readLines } from './lines.ts';

/** Why kcat cannot be used here, or `undefined` if it can. */
export function kcatAvailable(): string | undefined {
  return Bun.which('kcat') ? undefined : 'there is no kcat on PATH (install the package kcat)';
}

const KEY_DELIMITER = '\x1f';
const RECORD_DELIMITER = '\x1e';

export function kcatClient(bootstrap: string): KafkaClient {
  const running = new Set<Bun.Subprocess>();

  const spawnMember = (options: GroupOptions) => {
    const received: ReceivedRecord[] = [];
    let partitions: number[] | undefined;
    const child = Bun.spawn(memberCommand(bootstrap, options), {
      stdin: 'ignore',
      stdout: 'pipe',
      stderr: 'pipe',
    });
    running.add(child);
    void child.exited.then(() => running.delete(child));
    void readLines(child.stdout, (line) => received.push(fromJson(line)));
    void readLines(child.stderr, (line) => {
      // "% Group g rebalanced (memberid m): assigned: topic [0], topic [1]"; or "revoked: …".
      const rebalanced = / rebalanced \(.*\): (assigned|revoked): (.*)$/.exec(line);
      if (rebalanced) {
        const listed = [...(rebalanced[2] ?? '').matchAll(/\[(\d+)\]/g)].map((match) => Number(match[1]));
        partitions = rebalanced[1] === 'assigned' ? listed.sort((a, b) => a - b) : [];
      }
    });
    return { child, received, assigned: () => partitions };
  };

  return {
    name: 'kcat',
    async produce(topic, records, { codec, idempotent = false } = {}) {
      const command = ['kcat', '-b', bootstrap, '-P', '-t', topic, '-D', RECORD_DELIMITER, '-Z'];
      command.push('-X', 'message.max.bytes=100000000', '-X', `enable.idempotence=${idempotent}`);
      command.push('-X', 'acks=all', '-X', 'message.timeout.ms=15000');
      if (codec) {
        command.push('-X', `compression.codec=${codec}`);
      }
      for (const group of groupForOneRun(records)) {
        await produceRun(command, group);
      }
    },
    async read(topic, count) {
      const format = ['-J', '-u', '-q', '-o', 'beginning', '-c', String(count)];
      const child = Bun.spawn(['kcat', '-b', bootstrap, '-C', '-t', topic, ...format], {
        stdin: 'ignore',
        stdout: 'pipe',
        stderr: 'pipe',
      });
      running.add(child);
      const records: ReceivedRecord[] = [];
      const reading = readLines(child.stdout, (line) => records.push(fromJson(line)));
      try {
        await eventually(`kcat reads ${count} records of ${topic}`, () => child.exitCode !== null);
        await reading;
        return records;
      } finally {
        child.kill('SIGKILL');
        running.delete(child);
      }
    },
    async joinGroup(options) {
      const { child, received, assigned } = spawnMember(options);
      await eventually(`kcat joins ${options.groupId}`, () => assigned() !== undefined);
      return {
        received,
        get partitions() {
          return assigned() ?? [];
        },
        // kcat commits the offsets it has read when it is stopped.
        async leave() {
          child.kill('SIGTERM');
          await child.exited;
        },
      };
    },
    async joinGroupInProcess(options) {
      const { child, assigned } = spawnMember(options);
      await eventually(`kcat joins ${options.groupId}`, () => assigned() !== undefined);
      return {
        get partitions() {
          return assigned() ?? [];
        },
        async kill() {
          child.kill('SIGKILL');
          await child.exited;
        },
      };
    },
    async close() {
      for (const child of running) {
        child.kill('SIGKILL');
        await child.exited;
      }
    },
  };
}

function memberCommand(bootstrap: string, options: GroupOptions): string[] {
  const { groupId, topic, sessionTimeoutMs, maxWaitMs = DEFAULT_MAX_WAIT_MS } = options;
  const settings = {
    'session.timeout.ms': sessionTimeoutMs,
    'heartbeat.interval.ms': heartbeatIntervalMs(options),
    'max.poll.interval.ms': Math.max(sessionTimeoutMs, 5_000),
    'fetch.wait.max.ms': maxWaitMs,
    'auto.offset.reset': 'earliest',
    'reconnect.backoff.max.ms': 500,
  };
  const flags = Object.entries(settings).flatMap(([name, value]) => ['-X', `${name}=${value}`]);
  return ['kcat', '-b', bootstrap, '-G', groupId, '-J', '-u', '-E', ...flags, topic];
}

/** One run of kcat takes one partition and one set of headers, and keys for all records or none. */
function groupForOneRun(records: OutgoingRecord[]): OutgoingRecord[][] {
  const runOf = ({ partition, headers, key }: OutgoingRecord) =>
    JSON.stringify([partition, headers, typeof key === 'string']);
  return [...Map.groupBy(records, runOf).values()];
}

async function produceRun(command: string[], records: OutgoingRecord[]): Promise<void> {
  const { partition, headers = {}, key } = records[0] as OutgoingRecord;
  const flags = Object.entries(headers).flatMap(([name, value]) => ['-H', `${name}=${value}`]);
  if (partition !== undefined) {
    flags.push('-p', String(partition));
  }
  const keyed = typeof key === 'string';
  if (keyed) {
    flags.push('-K', KEY_DELIMITER);
  }
  const lines = records.map((record) => (keyed ? record.key + KEY_DELIMITER : '') + (record.value ?? ''));
  const child = Bun.spawn([...command, ...flags], {
    stdin: new Blob([lines.map((line) => line + RECORD_DELIMITER).join('')]),
    stdout: 'ignore',
    stderr: 'pipe',
  });
  const errors = await new Response(child.stderr).text();
  if ((await child.exited) !== 0 || errors.includes('Delivery failed')) {
    throw new Error(`kcat could not produce: ${errors.trim()}`);
  }
}

function fromJson(line: string): ReceivedRecord {
  const record = JSON.parse(line);
  const headers: string[] = record.headers ?? [];
  return {
    partition: record.partition,
    offset: record.offset,
    key: record.key === null ? null : Buffer.from(record.key),
    value: record.payload === null ? null : Buffer.from(record.payload),
    headers: Object.fromEntries(
      Array.from({ length: headers.length / 2 }, (_, index) => [headers[2 * index], headers[2 * index + 1]]),
    ),
    timestampMs: record.ts,
  };
}
