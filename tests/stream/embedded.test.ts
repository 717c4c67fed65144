import { startEmbeddedBroker } from '../conformance/brokers/embedded-broker.ts';
import { streamSuite } from './suite.ts';

streamSuite({ name: 'the embedded broker', start: startEmbeddedBroker });
