import { afterEach, beforeEach, expect, jest, test } from 'bun:test';
import { makeBatch } from '../testing/batches.ts';
import { temporaryFolder } from '../testing/temporary-folder.ts';
import { Retention } from './retention.ts';
import { TopicStore } from './topic-store.ts';

const SECOND = 1_000;

beforeEach(() => {
  jest.useFakeTimers();
});
afterEach(() => {
  jest.useRealTimers();
});

test('segments are deleted within ten seconds of the age at which they are due', async () => {
  using folder = temporaryFolder();
  // One batch in a segment, for a minute.
  const config = { 'retention.ms': 60 * SECOND, 'segment.bytes': 1 };
  const topics = new TopicStore(folder.path, 8, () => {});
  const [first, second] = topics.create('t', 2, config).partitions;
  const retention = new Retention(topics, () => {});
  const produce = (partition: typeof first) => partition!.append(makeBatch({ values: ['v'] }));
  const deleted = () => [first, second].map((partition) => partition!.log.startOffset);

  produce(first);
  jest.advanceTimersByTime(30 * SECOND);
  produce(first);
  produce(second);
  jest.advanceTimersByTime(41 * SECOND);
  expect(deleted()).toEqual([1, 0]);
  jest.advanceTimersByTime(30 * SECOND);
  expect(deleted()).toEqual([2, 1]);
  produce(second);
  jest.advanceTimersByTime(70 * SECOND);
  expect(deleted()).toEqual([2, 2]);
  retention.stop();
  await topics.close();
});
