import { expect, test } from 'bun:test';
import { createRequire } from 'node:module';

interface Fetched {
  sessionId: number;
  sessionEpoch: number;
  topics: { topic: string; partitions: { partition: number; fetchOffset: string; maxBytes: number }[] }[];
  forgottenTopics: { topic: string; partitions: number[] }[];
}

interface FetchSession {
  epoch: number;
  next(requests: Fetched['topics']): Fetched;
  received(answer: { errorCode?: number; sessionId?: number }): void;
}

// Added by our patch of kafkajs (patches/kafkajs@2.2.4.patch).
const FetchSession: new () => FetchSession = createRequire(import.meta.url)(
  'kafkajs/src/consumer/fetchSession',
);

/** What to fetch of the topic `t`: offsets by partition. */
function asking(offsets: Record<number, number>): Fetched['topics'] {
  const partitions = Object.entries(offsets).map(([partition, offset]) => ({
    partition: Number(partition),
    fetchOffset: String(offset),
    maxBytes: 1,
  }));
  return partitions.length > 0 ? [{ topic: 't', partitions }] : [];
}

test('the first fetch lists everything, later ones only what has changed', () => {
  const session = new FetchSession();
  expect(session.next(asking({ 0: 0, 1: 5 }))).toEqual({
    sessionId: 0,
    sessionEpoch: 0,
    topics: asking({ 0: 0, 1: 5 }),
    forgottenTopics: [],
  });
  session.received({ sessionId: 7 });
  expect(session.next(asking({ 0: 0, 1: 6 }))).toEqual({
    sessionId: 7,
    sessionEpoch: 1,
    topics: asking({ 1: 6 }),
    forgottenTopics: [],
  });
  session.received({ sessionId: 7 });
  expect(session.next(asking({ 0: 0, 1: 6 }))).toMatchObject({ sessionEpoch: 2, topics: [] });
});

test('a paused partition is forgotten, and requested again at the same offset once it is resumed', () => {
  const session = new FetchSession();
  session.next(asking({ 0: 3, 1: 0 }));
  session.received({ sessionId: 7 });
  expect(session.next(asking({ 1: 0 }))).toMatchObject({
    topics: [],
    forgottenTopics: [{ topic: 't', partitions: [0] }],
  });
  session.received({ sessionId: 7 });
  expect(session.next(asking({ 0: 3, 1: 0 }))).toMatchObject({
    topics: asking({ 0: 3 }),
    forgottenTopics: [],
  });
  session.received({ sessionId: 7 });
  expect(session.next([]).forgottenTopics).toEqual([{ topic: 't', partitions: [0, 1] }]);
});

test('a session that the broker lost or does not keep starts over with everything', () => {
  const session = new FetchSession();
  for (const [answer, sessionId] of [
    // The broker may still have the old session, and is told that it is replaced.
    [{ errorCode: 70 }, 7],
    [{ errorCode: 71, sessionId: 7 }, 7],
    [{ sessionId: 0 }, 0],
    [{}, 0],
  ] as const) {
    session.next(asking({ 0: 0 }));
    session.received({ sessionId: 7 });
    session.next(asking({ 0: 0 }));
    session.received(answer);
    expect(session.next(asking({ 0: 0 }))).toEqual({
      sessionId,
      sessionEpoch: 0,
      topics: asking({ 0: 0 }),
      forgottenTopics: [],
    });
  }
});

test('epochs wrap around to 1', () => {
  const session = new FetchSession();
  session.next(asking({ 0: 0 }));
  session.epoch = 2 ** 31 - 1;
  session.received({ sessionId: 7 });
  expect(session.epoch).toBe(1);
});
