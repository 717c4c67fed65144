import { expect, test } from 'bun:test';
import { parseResourceUri } from './uri.ts';

const ID = '019a7f00-0000-7000-8000-00000000abcd';

test.each([
  ['tasks://stats', { kind: 'stats' }],
  ['tasks://recent', { kind: 'recent' }],
  ['tasks://recent/FAILED', { kind: 'recent', status: 'FAILED' }],
  [`task://${ID}`, { kind: 'task', id: ID }],
  [`task://${ID}/result`, { kind: 'task', id: ID, part: 'result' }],
  [`task://${ID.toUpperCase()}/timeline`, { kind: 'task', id: ID, part: 'timeline' }],
  [`task://${ID}/RESULT`, { kind: 'task', id: ID, part: 'result' }],
  ['tasks://recent/DONE', null],
  ['tasks://recent/', null],
  [`task://${ID}/`, null],
  [`task://${ID}/secret`, null],
  [`task://${ID}?x=1`, null],
  ["task://' or 1=1", null],
  ['task://../../etc/passwd', null],
  ['file:///etc/passwd', null],
  ['', null],
] as const)('%s', (uri, ref) => {
  expect(parseResourceUri(uri)).toEqual(ref);
});
