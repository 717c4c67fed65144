import { test } from 'bun:test';
import { brokerUnavailable } from './brokers.ts';
import { faultSuite } from './suite.ts';

// A JVM and several minutes more: only on request.
const reason =
  process.env.MILLRACE_APACHE_KAFKA === '1'
    ? brokerUnavailable('apache')
    : 'set MILLRACE_APACHE_KAFKA=1 to run it';

if (reason) {
  console.warn(`skipped: faults on Apache Kafka, ${reason}`);
  test.skip(`faults on Apache Kafka (${reason})`, () => undefined);
} else {
  faultSuite('apache');
}
