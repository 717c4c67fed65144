import { expect, test } from 'bun:test';
import { decodeTaskReady, decodeTraceparent, describeUnreadable, encodeTaskReady } from './message-codec.ts';

const ID = '0192f0c4-5c7e-7cc3-9d6f-3f1d2c7b8a90';

test('reads what it writes', () => {
  expect(decodeTaskReady(Buffer.from(encodeTaskReady(ID)))).toEqual({ taskId: ID });
});

test.each([
  ['nothing', null, 'the value is empty'],
  ['an empty value', '', 'the value is empty'],
  ['no JSON', 'task 7', 'the value is not JSON'],
  ['another version', `{"v":2,"task_id":"${ID}"}`, '/v'],
  ['no id', '{"v":1}', '/task_id'],
  ['an id that is none', '{"v":1,"task_id":"7"}', '/task_id'],
  ['an unknown field', `{"v":1,"task_id":"${ID}","x":1}`, '/x'],
  ['a JSON null', 'null', '/'],
])('refuses %s and says why', (_, value, reason) => {
  const decoded = decodeTaskReady(value === null ? null : Buffer.from(value));
  expect(decoded).toEqual({ unreadable: expect.stringContaining(reason) });
});

test('reads the first traceparent header, and none', () => {
  expect(decodeTraceparent(Buffer.from('00-a'))).toBe('00-a');
  expect(decodeTraceparent([Buffer.from('00-a'), Buffer.from('00-b')])).toBe('00-a');
  expect(decodeTraceparent(undefined)).toBeUndefined();
});

test('an unreadable message keeps its position and its bytes, of a huge one the beginning', () => {
  const position = { topic: 'tasks.low', partition: 3, offset: '9007199254740993' };
  const small = describeUnreadable(position, 'why', Buffer.from([0xff, 0x00]));
  expect(small).toEqual({ v: 1, kind: 'unreadable', reason: 'why', ...position, value_base64: '/wA=' });

  const huge = describeUnreadable(position, 'why', Buffer.alloc(900_000, 'x'));
  expect(huge.reason).toContain('900000');
  expect(Buffer.from(huge.value_base64, 'base64')).toEqual(Buffer.alloc(16_384, 'x'));
});
