import { expect, test } from 'bun:test';
import type { Lane } from '@millrace/contracts';
import type { Doorbell } from '@millrace/stream';
import { DoorbellBuffer } from './doorbell-buffer.ts';
import { LaneSchedule } from './lane-schedule.ts';

function doorbells(lane: Lane, count: number): Doorbell[] {
  return Array.from({ length: count }, (_, i) => ({
    taskId: `${lane}-${i}`,
    lane,
    traceparent: undefined,
    acknowledge() {},
  }));
}

function createBuffer(highWater: number) {
  const calls: string[] = [];
  const consumer = {
    pause: (lane: Lane) => calls.push(`pause ${lane}`),
    resume: (lane: Lane) => calls.push(`resume ${lane}`),
  };
  return { buffer: new DoorbellBuffer(new LaneSchedule(), consumer, highWater), calls };
}

test('high overtakes, and each lane keeps its order', () => {
  const { buffer } = createBuffer(100);
  buffer.add(doorbells('low', 2));
  buffer.add(doorbells('high', 2));
  const taken = Array.from({ length: 5 }, () => buffer.take()?.doorbell.taskId);
  expect(taken).toEqual(['high-0', 'high-1', 'low-0', 'low-1', undefined]);
});

test('only a full lane is paused, and it is resumed once half empty', () => {
  const { buffer, calls } = createBuffer(4);
  buffer.add(doorbells('low', 5));
  buffer.add(doorbells('low', 1));
  buffer.add(doorbells('high', 3));
  expect(calls).toEqual(['pause low']);
  while (buffer.size > 2) buffer.take();
  expect(calls).toEqual(['pause low', 'resume low']);
  buffer.add(doorbells('low', 4));
  expect(calls.at(-1)).toBe('pause low');
});
