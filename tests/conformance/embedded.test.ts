import { startEmbeddedBroker } from './brokers/embedded-broker.ts';
import { redpandaRanges } from './cases/redpanda-ranges.ts';
import { conformanceSuite } from './suite.ts';

conformanceSuite(
  {
    name: 'embedded broker',
    broker: startEmbeddedBroker,
    sessionTimeoutMsMin: 1_000,
    autoCreatesTopics: true,
  },
  redpandaRanges,
);
