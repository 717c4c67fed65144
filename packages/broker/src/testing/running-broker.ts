import { expect } from 'bun:test';
import { type Broker, startBroker } from '../broker.ts';
import type { LogFields } from '../logger.ts';
import { ApiKey } from '../server/apis.ts';
import type { BrokerSettings } from '../settings.ts';
import { ErrorCode } from '../wire/error-codes.ts';
import { temporaryFolder } from './temporary-folder.ts';
import { WireClient } from './wire-client.ts';

export type RunningBroker = AsyncDisposable & {
  broker: Broker;
  logged: { msg: string; fields: LogFields }[];
  connect(): Promise<WireClient>;
};

/** A broker on a free port, and in its own folder unless `dataDir` names one; disposing of it closes clients and removes that. */
export function runBroker(settings: Partial<BrokerSettings> = {}): RunningBroker {
  using made = new DisposableStack();
  const { dataDir = made.use(temporaryFolder()).path } = settings;
  const logged: RunningBroker['logged'] = [];
  const clients: WireClient[] = [];
  const log = (_level: string, msg: string, fields: LogFields) => {
    logged.push({ msg, fields });
  };
  const broker = startBroker({ port: 0, log, ...settings, dataDir });
  const own = made.move();
  return {
    broker,
    logged,
    async connect() {
      const client = await WireClient.open(broker.port);
      clients.push(client);
      return client;
    },
    async [Symbol.asyncDispose]() {
      for (const client of clients) client.close();
      await broker.stop();
      own.dispose();
    },
  };
}

export const lastReason = (running: RunningBroker) => String(running.logged.at(-1)?.fields.reason);

export async function expectAlive(running: RunningBroker): Promise<void> {
  const client = await running.connect();
  expect((await client.call(ApiKey.ApiVersions, 0)).int16()).toBe(ErrorCode.NONE);
  client.close();
}
