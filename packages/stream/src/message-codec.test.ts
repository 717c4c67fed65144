import { expect, test } from 'bun:test';
import {
  decodeTaskEvents,
  decodeTasksReady,
  decodeTraceparent,
  describeUnreadable,
  encodeStatuses,
  encodeTasksReady,
} from './message-codec.ts';

const ID = '0192f0c4-5c7e-7cc3-9d6f-3f1d2c7b8a90';
const OTHER = '0192f0c4-5c7e-7cc3-9d6f-3f1d2c7b8a91';

const received = (value: string) => ({ value: Buffer.from(value) });

test('reads what it writes', () => {
  expect(decodeTasksReady(received(encodeTasksReady([ID, OTHER])))).toEqual({ taskIds: [ID, OTHER] });
});

test('ids of other writers are read in the form that Postgres gives them', () => {
  expect(decodeTasksReady(received(encodeTasksReady([ID.toUpperCase()])))).toEqual({ taskIds: [ID] });
});

test('a message about many tasks is read as an event for each', () => {
  const changes = [
    { task_id: ID, attempt: 1, status: 'RUNNING' as const },
    { task_id: OTHER, attempt: 2, status: 'COMPLETED' as const },
  ];
  expect(decodeTaskEvents(received(encodeStatuses(changes)))).toEqual({
    events: changes.map((change) => ({ v: 1, type: 'status', ...change })),
  });
  const forged = JSON.stringify({ v: 1, type: 'statuses', changes: [{ ...changes[0], status: 'DONE' }] });
  expect(decodeTaskEvents(received(forged))).toEqual({ unreadable: expect.stringContaining('value') });
});

test.each([
  ['nothing', null, 'the value is empty'],
  ['an empty value', '', 'the value is empty'],
  ['no JSON', 'task 7', 'the value is not JSON'],
  ['another version', `{"v":2,"task_ids":["${ID}"]}`, '/v'],
  ['no ids', '{"v":1}', '/task_ids'],
  ['an empty list', '{"v":1,"task_ids":[]}', '/task_ids'],
  ['more tasks than anyone announces at once', encodeTasksReady(Array(1_001).fill(ID)), '/task_ids'],
  ['an id that is none', `{"v":1,"task_ids":["${ID}","7"]}`, '/task_ids/1'],
  ['an unknown field', `{"v":1,"task_ids":["${ID}"],"x":1}`, '/x'],
  ['a JSON null', 'null', '/'],
])('refuses %s and says why', (_, value, reason) => {
  const decoded = decodeTasksReady(value === null ? { value } : received(value));
  expect(decoded).toEqual({ unreadable: expect.stringContaining(reason) });
});

test('reads the first traceparent header, if there is one', () => {
  expect(decodeTraceparent(Buffer.from('00-a'))).toBe('00-a');
  expect(decodeTraceparent([Buffer.from('00-a'), Buffer.from('00-b')])).toBe('00-a');
  expect(decodeTraceparent(undefined)).toBeUndefined();
});

test('an unreadable message keeps its position and bytes; of a huge one, the beginning', () => {
  const position = { topic: 'tasks.low', partition: 3, offset: '9007199254740993' };
  const small = describeUnreadable(position, 'why', Buffer.from([0xff, 0x00]));
  expect(small).toEqual({ v: 1, kind: 'unreadable', reason: 'why', ...position, value_base64: '/wA=' });

  const huge = describeUnreadable(position, 'why', Buffer.alloc(900_000, 'x'));
  expect(huge.reason).toContain('900000');
  expect(Buffer.from(huge.value_base64, 'base64')).toEqual(Buffer.alloc(16_384, 'x'));
});
