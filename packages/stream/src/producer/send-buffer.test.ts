import { expect, test } from 'bun:test';
import type { Outgoing } from './outgoing.ts';
import { SendBuffer } from './send-buffer.ts';

function message(value: number, sizeBytes = 10): Outgoing {
  return { kind: 'message', topic: 'tasks.dead', message: { value: String(value) }, sizeBytes };
}

function values(items: readonly Outgoing[]): number[] {
  return items.map((item) => (item.kind === 'message' ? Number(item.message.value) : Number.NaN));
}

test('returns messages in the order of arrival', () => {
  const buffer = new SendBuffer(10);
  for (let value = 0; value < 5; value++) buffer.push(message(value));
  expect(values(buffer.take(3, 1_000))).toEqual([0, 1, 2]);
  buffer.push(message(5));
  expect(values(buffer.take(100, 1_000))).toEqual([3, 4, 5]);
  expect(buffer.size).toBe(0);
  expect(buffer.take(100, 1_000)).toEqual([]);
});

test('drops the oldest when full, and counts them', () => {
  const buffer = new SendBuffer(3);
  for (let value = 0; value < 10; value++) buffer.push(message(value));
  expect(buffer.size).toBe(3);
  expect(buffer.dropped).toBe(7);
  expect(values(buffer.take(10, 1_000))).toEqual([7, 8, 9]);
});

test('takes no more bytes than asked, but at least one message', () => {
  const buffer = new SendBuffer(10);
  for (const [value, size] of [40, 40, 40, 500].entries()) buffer.push(message(value, size));
  expect(values(buffer.take(10, 100))).toEqual([0, 1]);
  expect(values(buffer.take(10, 100))).toEqual([2]);
  expect(values(buffer.take(10, 100))).toEqual([3]);
});

test('messages that could not be sent go first again, and are dropped first when there is no room', () => {
  const buffer = new SendBuffer(4);
  for (let value = 0; value < 3; value++) buffer.push(message(value));
  const taken = buffer.take(2, 1_000);
  buffer.putBack(taken);
  expect(values(buffer.take(2, 1_000))).toEqual([0, 1]);
  for (let value = 3; value < 5; value++) buffer.push(message(value));
  buffer.putBack(taken);
  expect(buffer.dropped).toBe(1);
  expect(values(buffer.take(10, 1_000))).toEqual([1, 2, 3, 4]);
});
