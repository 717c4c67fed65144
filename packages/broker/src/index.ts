export { type Broker, startBroker } from './broker.ts';
export type { BrokerOptions, BrokerSettings } from './settings.ts';
export { DataFolderInUse } from './storage/data-lock.ts';
