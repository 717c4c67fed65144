import { test } from 'bun:test';
import { apacheKafkaAvailable, startApacheKafka } from '../conformance/brokers/apache-kafka.ts';
import { streamSuite } from './suite.ts';

// A minute more and a JVM: only on request.
const reason =
  process.env.MILLRACE_APACHE_KAFKA === '1'
    ? apacheKafkaAvailable()
    : 'set MILLRACE_APACHE_KAFKA=1 to run it';

if (reason) {
  console.warn(`skipped: stream on Apache Kafka, ${reason}`);
  test.skip(`stream on Apache Kafka (${reason})`, () => undefined);
} else {
  streamSuite({ name: 'Apache Kafka', start: startApacheKafka });
}
