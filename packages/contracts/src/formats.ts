import { FormatRegistry, Type } from '@sinclair/typebox';

const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/i;
// Years and offsets are those that Postgres and JavaScript both read, in UTC too.
const RFC_3339 =
  /^(?!0000|9999-12-31)\d{4}-\d{2}-\d{2}T(?!24)\d{2}:\d{2}:\d{2}(\.\d{1,9})?(Z|[+-](0\d|1[0-4]):[0-5]\d)$/i;

/** The number of an attempt or a step: the page begins after it. */
const HISTORY_CURSOR = /^[1-9]\d{0,8}$/;

/** The calendar is checked too: 2026-02-30 is refused instead of becoming 2 March. */
function isTimestamp(value: string): boolean {
  if (!RFC_3339.test(value)) return false;
  const [year, month, day] = value.slice(0, 10).split('-').map(Number) as [number, number, number];
  const daysInMonth = new Date(Date.UTC(year, month, 0)).getUTCDate();
  return day <= daysInMonth && !Number.isNaN(Date.parse(value));
}

/** Call it again where a library may have replaced checks in TypeBox's registry, which the whole process shares. */
export function registerFormats(): void {
  FormatRegistry.Set('uuid', isUuid);
  FormatRegistry.Set('date-time', isTimestamp);
  // The id of a task: the page begins with the next older one.
  FormatRegistry.Set('list-cursor', isUuid);
  FormatRegistry.Set('history-cursor', (value) => HISTORY_CURSOR.test(value));
}

function isUuid(value: string): boolean {
  return UUID.test(value);
}

registerFormats();

export const Id = Type.String({ format: 'uuid', description: 'UUIDv7' });
export const Timestamp = Type.String({
  format: 'date-time',
  description: 'RFC 3339',
  examples: ['2026-11-23T08:30:00.000Z'],
});
