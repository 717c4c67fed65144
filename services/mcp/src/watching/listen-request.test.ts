import { expect, test } from 'bun:test';
import { parseListenRequest } from './listen-request.ts';

const parsed = (resourceSubscriptions: unknown) =>
  parseListenRequest({
    jsonrpc: '2.0',
    id: 1,
    method: 'subscriptions/listen',
    params: { notifications: { resourceSubscriptions } },
  });

test('what is not a list of texts is left to the SDK, which refuses it', () => {
  expect([5, null, 'tasks://recent', {}, ['tasks://recent', 1]].map(parsed)).toEqual(
    Array(5).fill(undefined),
  );
  expect(parsed(['tasks://recent'])).toEqual({ uris: ['tasks://recent'] });
  expect(parsed(undefined)).toEqual({ uris: [] });
});
