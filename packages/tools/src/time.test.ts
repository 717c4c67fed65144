import { expect, test } from 'bun:test';
import { time, timeAt } from './time.ts';
import { type ToolContext, ToolError } from './tool.ts';

const context: ToolContext = {
  taskId: Bun.randomUUIDv7(),
  workspaceRoot: '/nonexistent',
  signal: new AbortController().signal,
};

const AUTUMN = new Date('2026-11-23T09:36:24.900Z');

test.each([
  [undefined, '2026-11-23T09:36:24+00:00 (UTC, Monday)'],
  ['UTC', '2026-11-23T09:36:24+00:00 (UTC, Monday)'],
  ['Z', '2026-11-23T09:36:24+00:00 (UTC, Monday)'],
  [' ', '2026-11-23T09:36:24+00:00 (UTC, Monday)'],
  ['asia/tokyo', '2026-11-23T18:36:24+09:00 (Asia/Tokyo, Monday)'],
  [' Asia/Shanghai ', '2026-11-23T17:36:24+08:00 (Asia/Shanghai, Monday)'],
  ['Asia/Kathmandu', '2026-11-23T15:21:24+05:45 (Asia/Kathmandu, Monday)'],
  ['Pacific/Kiritimati', '2026-11-23T23:36:24+14:00 (Pacific/Kiritimati, Monday)'],
  ['America/New_York', '2026-11-23T04:36:24-05:00 (America/New_York, Monday)'],
  ['Etc/GMT+5', '2026-11-23T04:36:24-05:00 (Etc/GMT+5, Monday)'],
  ['UTC+8', '2026-11-23T17:36:24+08:00 (UTC+08:00, Monday)'],
  ['gmt-03:30', '2026-11-23T06:06:24-03:30 (UTC-03:30, Monday)'],
  ['UTC+14', '2026-11-23T23:36:24+14:00 (UTC+14:00, Monday)'],
  ['GMT+0530', '2026-11-23T15:06:24+05:30 (UTC+05:30, Monday)'],
  ['+0530', '2026-11-23T15:06:24+05:30 (UTC+05:30, Monday)'],
  ['-00:00', '2026-11-23T09:36:24+00:00 (UTC, Monday)'],
])('tells the time in %p', (timezone, expected) => {
  expect(timeAt(AUTUMN, timezone)).toBe(expected);
});

test('follows daylight saving time across the repeated hour', () => {
  expect(timeAt(new Date('2026-10-25T00:59:59Z'), 'Europe/Berlin')).toStartWith('2026-10-25T02:59:59+02:00 ');
  expect(timeAt(new Date('2026-10-25T01:00:00Z'), 'Europe/Berlin')).toStartWith('2026-10-25T02:00:00+01:00 ');
});

test("writes midnight as 00, and the zone's own date and weekday", () => {
  expect(timeAt(new Date('2026-12-31T15:00:00Z'), 'Asia/Tokyo')).toBe(
    '2027-01-01T00:00:00+09:00 (Asia/Tokyo, Friday)',
  );
});

test('accepts every zone the platform knows, in lower case too', () => {
  for (const zone of Intl.supportedValuesOf('timeZone')) {
    expect(timeAt(AUTUMN, zone.toLowerCase())).toContain(` (${zone}, `);
  }
});

test.each([
  ['Tokyo', 'Unknown time zone "Tokyo". Did you mean Asia/Tokyo?'],
  ['new york', 'Did you mean America/New_York?'],
  [
    'Mars/Olympus',
    'Unknown time zone "Mars/Olympus". Give an IANA name or an offset, for example Asia/Tokyo',
  ],
  ['UTC+15', 'Unknown time zone "UTC+15"'],
  ['UTC+14:30', 'Unknown time zone "UTC+14:30"'],
  ['UTC+8 hours', 'Unknown time zone "UTC+8 hours"'],
  ['+08:75', 'Unknown time zone "+08:75"'],
  ['\u0000'.repeat(10_000), 'Unknown time zone "\\u0000'],
])('refuses %p with a remedy', (timezone, sentence) => {
  expect(() => timeAt(AUTUMN, timezone)).toThrow(ToolError);
  expect(() => timeAt(AUTUMN, timezone)).toThrow(sentence);
});

test('defaults to the present', () => {
  const before = Math.floor(Date.now() / 1_000) * 1_000;
  const told = Date.parse((time.run({}, context) as string).split(' ')[0]!);
  expect(told).toBeWithin(before, Date.now() + 1);
});
