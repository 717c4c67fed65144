import { join } from 'node:path';
import { freePort } from '@millrace/devstack';
import { type BrokerProcess, dataFolder, startBrokerProcess } from './broker-process.ts';

const MAIN = join(import.meta.dir, '../../../packages/broker/src/main.ts');

export interface EmbeddedBrokerOptions {
  /** Default: a temporary one. */
  dataDir?: string;
  autoCreateTopics?: boolean;
}

/** Millrace's own broker as a separate process. */
export async function startEmbeddedBroker({
  dataDir,
  autoCreateTopics = true,
}: EmbeddedBrokerOptions = {}): Promise<BrokerProcess> {
  const folder = await dataFolder(dataDir);
  const port = await freePort();
  return startBrokerProcess({
    name: 'the embedded broker',
    command: [
      process.execPath,
      MAIN,
      '--host',
      '127.0.0.1',
      '--port',
      String(port),
      '--data-dir',
      join(folder.path, 'data'),
      autoCreateTopics ? '--auto-create-topics' : '--no-auto-create-topics',
    ],
    port,
    folder,
    startTimeoutMs: 15_000,
  });
}
