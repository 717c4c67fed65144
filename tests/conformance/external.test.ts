import { test } from 'bun:test';
import { conformanceSuite } from './suite.ts';

// Any broker already running, such as Redpanda: CONFORMANCE_BROKERS=localhost:19092.
const bootstrap = process.env.CONFORMANCE_BROKERS;

if (bootstrap) {
  // Six seconds is the shortest session that Redpanda and Apache Kafka accept by default.
  conformanceSuite({
    name: bootstrap,
    broker: { bootstrap },
    sessionTimeoutMsMin: 6_000,
    autoCreatesTopics: process.env.CONFORMANCE_AUTO_CREATE !== '0',
  });
} else {
  const reason = 'set CONFORMANCE_BROKERS=host:port to run it';
  console.warn(`skipped: conformance of a broker that runs elsewhere, ${reason}`);
  test.skip(`Kafka protocol: a broker that runs elsewhere (${reason})`, () => undefined);
}
