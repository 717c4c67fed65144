import { expect, test } from 'bun:test';
import { logLevel } from 'kafkajs';
import { logKafka } from './kafka-log.ts';

function levelOf(level: logLevel, message: string, fields: object = {}): string {
  const levels: string[] = [];
  const write = (name: string) => () => levels.push(name);
  const logger = { debug: write('debug'), info: write('info'), warn: write('warn'), error: write('error') };
  const log = { timestamp: '', message, ...fields };
  logKafka(logger)({ namespace: 'Consumer', level, label: '', log });
  return levels.join();
}

test.each([
  [logLevel.INFO, 'Starting', {}],
  [logLevel.ERROR, 'Connection error: connect ECONNREFUSED 127.0.0.1:9092', {}],
  [logLevel.ERROR, 'Crash: KafkaJSNumberOfRetriesExceeded: Connection error: closed', {}],
  [logLevel.ERROR, 'No broker available', {}],
  [logLevel.ERROR, 'The broker does not support the requested SASL mechanism', {}],
  [logLevel.WARN, 'The group is rebalancing, re-joining', {}],
  [logLevel.ERROR, 'Response Heartbeat(key: 12, version: 3)', { error: 'The group is rebalancing' }],
  [logLevel.ERROR, 'The coordinator is not aware of this member, re-joining the group', {}],
])('what a restart or a rebalance causes is debug: %p %p', (level, message, fields) => {
  expect(levelOf(level, message, fields)).toBe('debug');
});

test('anything unexpected keeps its level', () => {
  expect(levelOf(logLevel.ERROR, 'Error when calling eachBatch')).toBe('error');
  expect(levelOf(logLevel.WARN, 'Consumer group received unsubscribed topics')).toBe('warn');
});
