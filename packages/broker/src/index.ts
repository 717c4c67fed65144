export { startBroker } from './broker.ts';
