export { type Broker, startBroker } from './broker.ts';
