import { mkdir, open, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { Kafka, logLevel } from 'kafkajs';
import { type TemporaryFolder, temporaryFolder } from '../../temporary-folder.ts';
import { eventually, within } from '../../waiting.ts';

/** A broker in a process of its own, which can be killed, frozen and restarted on the same port and data. */
export interface BrokerProcess extends AsyncDisposable {
  /** `host:port`; the same after a restart. */
  readonly brokers: string[];
  /** A new one after each restart. */
  readonly pid: number;
  /** Resolves when the process has exited; for SIGSTOP and SIGCONT, when the signal is sent. */
  kill(signal: NodeJS.Signals): Promise<void>;
  /** Starts a dead broker, or first ends a live one with SIGTERM. Resolves when it serves. */
  restart(): Promise<void>;
  /** SIGTERM, then SIGKILL after ten seconds; a temporary folder goes too. May be called at any time, repeatedly. */
  stop(): Promise<void>;
}

export interface BrokerCommand {
  name: string;
  command: string[];
  port: number;
  /** Receives `broker.log`, all output of the process. */
  folder: DataFolder;
  startTimeoutMs: number;
}

/** Disposed of with the broker if it is a temporary one. */
export type DataFolder = Pick<TemporaryFolder, 'path'> & Partial<AsyncDisposable>;

export async function dataFolder(given: string | undefined): Promise<DataFolder> {
  return given === undefined ? temporaryFolder('broker') : { path: given };
}

const STOP_TIMEOUT_MS = 10_000;

export async function startBrokerProcess(broker: BrokerCommand): Promise<BrokerProcess> {
  const address = `127.0.0.1:${broker.port}`;
  let child = await launch(broker, address);

  const kill = async (signal: NodeJS.Signals): Promise<void> => {
    child.kill(signal);
    if (signal !== 'SIGSTOP' && signal !== 'SIGCONT') {
      await child.exited;
    }
  };
  const end = async (): Promise<void> => {
    if (child.exitCode !== null || child.signalCode !== null) {
      return;
    }
    child.kill('SIGTERM');
    await within(`${broker.name} ends after SIGTERM`, STOP_TIMEOUT_MS, child.exited).catch(() =>
      kill('SIGKILL'),
    );
  };
  const stop = async (): Promise<void> => {
    await end();
    await broker.folder[Symbol.asyncDispose]?.();
  };
  return {
    brokers: [address],
    get pid() {
      return child.pid;
    },
    kill,
    stop,
    [Symbol.asyncDispose]: stop,
    async restart() {
      await end();
      child = await launch(broker, address);
    },
  };
}

async function launch(broker: BrokerCommand, address: string): Promise<Bun.Subprocess> {
  await mkdir(broker.folder.path, { recursive: true });
  const logFile = join(broker.folder.path, 'broker.log');
  const log = await open(logFile, 'a');
  const child = Bun.spawn(broker.command, { stdin: 'ignore', stdout: log.fd, stderr: log.fd });
  await log.close();

  // If this test process exits without stopping its broker, the broker exits with it.
  const killOrphan = () => child.kill('SIGKILL');
  process.once('exit', killOrphan);
  void child.exited.then(() => process.off('exit', killOrphan));

  try {
    await eventually(
      `${broker.name} serves on ${address}`,
      async () => child.exitCode !== null || child.signalCode !== null || (await serves(address)),
      { timeoutMs: broker.startTimeoutMs, intervalMs: 50 },
    );
    if (child.exitCode !== null || child.signalCode !== null) {
      throw new Error(`${broker.name} exited during startup with ${child.exitCode ?? child.signalCode}`);
    }
  } catch (error) {
    child.kill('SIGKILL');
    await child.exited;
    const output = (await readFile(logFile, 'utf8')).trimEnd().split('\n').slice(-30).join('\n');
    throw new Error(`${(error as Error).message}; its last output:\n${output}`, { cause: error });
  }
  return child;
}

async function serves(address: string): Promise<boolean> {
  const admin = new Kafka({
    brokers: [address],
    logLevel: logLevel.NOTHING,
    connectionTimeout: 1_000,
    retry: { retries: 0 },
  }).admin();
  try {
    await admin.connect();
    return (await admin.describeCluster()).brokers.length > 0;
  } finally {
    await admin.disconnect();
  }
}
