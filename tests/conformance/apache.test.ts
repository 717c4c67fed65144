import { test } from 'bun:test';
import { apacheKafkaAvailable, startApacheKafka } from './brokers/apache-kafka.ts';
import { conformanceSuite } from './suite.ts';

// A minute more and a JVM: only on request.
const reason =
  process.env.MILLRACE_APACHE_KAFKA === '1'
    ? apacheKafkaAvailable()
    : 'set MILLRACE_APACHE_KAFKA=1 to run it';

if (reason) {
  console.warn(`skipped: conformance of Apache Kafka, ${reason}`);
  test.skip(`Kafka protocol: Apache Kafka (${reason})`, () => undefined);
} else {
  conformanceSuite({
    name: 'Apache Kafka',
    broker: startApacheKafka,
    sessionTimeoutMsMin: 1_000,
    autoCreatesTopics: true,
  });
}
