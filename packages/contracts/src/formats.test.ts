import { describe, expect, test } from 'bun:test';
import { Value } from '@sinclair/typebox/value';
import { Timestamp } from './formats.ts';
import { TaskStatus } from './task.ts';

describe('Timestamp', () => {
  test.each([
    '2026-11-23T08:30:00Z',
    '2026-11-23t08:30:00.123456789z',
    '2028-02-29T23:59:59+14:00',
    '2026-01-01T00:00:00Z',
    '9999-12-30T23:00:00-14:00',
  ])('accepts %s', (text) => {
    expect(Value.Check(Timestamp, text)).toBe(true);
  });

  test.each([
    ['no zone', '2026-11-23T08:30:00'],
    ['no such day', '2026-02-30T00:00:00Z'],
    ['no day 0', '2026-02-00T00:00:00Z'],
    ['no month 0', '2026-00-10T00:00:00Z'],
    ['no such hour', '2026-02-28T25:00:00Z'],
    ['the hour 24, which only ISO 8601 has', '2026-02-28T24:00:00Z'],
    ['year 0, which Postgres has not', '0000-01-01T00:00:00Z'],
    ['an offset that Postgres has not', '2026-01-01T00:00:00+23:59'],
    ['beyond year 9999 in UTC', '9999-12-31T23:59:59-01:00'],
    ['a date alone', '2026-11-23'],
  ])('refuses %s', (_, text) => {
    expect(Value.Check(Timestamp, text)).toBe(false);
  });
});

test('a StringEnum accepts its values and nothing else', () => {
  expect(Value.Check(TaskStatus, 'PENDING')).toBe(true);
  for (const wrong of ['pending', 'DONE', '', 1, null]) expect(Value.Check(TaskStatus, wrong)).toBe(false);
  expect(JSON.parse(JSON.stringify(TaskStatus))).toMatchObject({
    type: 'string',
    enum: ['PENDING', 'RUNNING', 'COMPLETED', 'FAILED', 'CANCELLED'],
  });
});
