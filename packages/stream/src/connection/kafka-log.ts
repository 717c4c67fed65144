import type { Logger } from '@millrace/contracts';
import { type LogEntry, logLevel } from 'kafkajs';

// What broker restarts and group rebalances look like inside kafkajs, which logs most of it as errors.
// Producer and consumer log themselves that they lost or regained their broker, or may not log in.
const EXPECTED = new RegExp(
  [
    'connection',
    'connect to (seed )?broker',
    'rebalanc',
    'not aware of this member',
    'generation',
    'coordinator',
    'timed out',
    'leader',
    'no broker available',
    'metadata',
    'does not host this topic',
    'producer is disconnect',
    'consumer is not aware of all assigned',
    'restarting the consumer',
    '^response ',
    'authentication failed',
    'sasl',
    'authorization failed',
    'not authorized to access',
  ].join('|'),
  'i',
);

/**
 * Passes kafkajs's log entries to our logger: chatter and expected reconnects as debug, the rest at its own
 * level.
 */
export function logKafka(logger: Logger): (entry: LogEntry) => void {
  return ({ namespace, level, log }) => {
    const { message, timestamp: _, logger: __, stack: ___, ...fields } = log;
    const reason = typeof fields.error === 'string' ? fields.error : '';
    const text = `kafkajs ${namespace}: ${message}`;
    if (level > logLevel.WARN || EXPECTED.test(`${message} ${reason}`)) {
      logger.debug(fields, text);
    } else if (level === logLevel.WARN) {
      logger.warn(fields, text);
    } else {
      logger.error(fields, text);
    }
  };
}
