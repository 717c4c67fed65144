import { Type } from '@sinclair/typebox';
import { defineTool, ToolError } from './tool.ts';

const MINUTES_PER_HOUR = 60;
/** The widest offset in use anywhere is UTC+14; wider ones are mistakes. */
const OFFSET_MINUTES_MAX = 14 * MINUTES_PER_HOUR;
const FIXED_OFFSET = /^(?:UTC|GMT)?\s*([+-])(\d{1,2})(?::?(\d{2}))?$/i;
const EXAMPLES = 'Asia/Tokyo, Europe/Berlin, America/New_York, UTC or UTC+8';

export const time = defineTool({
  name: 'time',
  description:
    'Tells the current date, time and weekday in a time zone, e.g. "2026-11-23T18:36:24+09:00 (Asia/Tokyo, Monday)".',
  parameters: Type.Object(
    {
      timezone: Type.Optional(
        Type.String({ description: `IANA time zone or fixed offset: ${EXAMPLES}. UTC when left out.` }),
      ),
    },
    { additionalProperties: false },
  ),
  run: ({ timezone }) => timeAt(new Date(), timezone),
});

/**
 * One line: an RFC 3339 instant with the zone's offset, then the zone and the weekday, as in
 * `2026-11-23T18:36:24+09:00 (Asia/Tokyo, Monday)`.
 */
export function timeAt(instant: Date, timezone = 'UTC'): string {
  return formatInstant(instant, resolveZone(timezone));
}

/** A zone as Intl.DateTimeFormat takes it: an IANA name or ±HH:MM. */
function resolveZone(requested: string): string {
  const trimmed = requested.trim();
  const offset = FIXED_OFFSET.exec(trimmed);
  if (offset) return resolveOffset(requested, offset);
  if (/^z?$/i.test(trimmed)) return 'UTC';
  try {
    return new Intl.DateTimeFormat('en-US', { timeZone: trimmed }).resolvedOptions().timeZone;
  } catch {
    throw unknownZone(requested);
  }
}

function resolveOffset(requested: string, [, sign, hours, minutes = '00']: RegExpExecArray): string {
  const totalMinutes = Number(hours) * MINUTES_PER_HOUR + Number(minutes);
  if (Number(minutes) >= MINUTES_PER_HOUR || totalMinutes > OFFSET_MINUTES_MAX) throw unknownZone(requested);
  return totalMinutes === 0 ? 'UTC' : `${sign}${hours!.padStart(2, '0')}:${minutes}`;
}

/** Names the zones whose city was meant: "tokyo" and "New York" are the usual mistakes. */
function unknownZone(requested: string): ToolError {
  const city = requested.trim().toLowerCase().replaceAll(' ', '_');
  const meant = Intl.supportedValuesOf('timeZone').filter((zone) =>
    zone.toLowerCase().split('/').includes(city),
  );
  const remedy =
    meant.length > 0 && meant.length <= 5
      ? `Did you mean ${meant.join(' or ')}?`
      : `Give an IANA name or an offset, for example ${EXAMPLES}.`;
  return new ToolError(
    'unknown_timezone',
    `Unknown time zone ${JSON.stringify(requested.slice(0, 64))}. ${remedy}`,
  );
}

function formatInstant(instant: Date, zone: string): string {
  const formatter = new Intl.DateTimeFormat('en-US', {
    timeZone: zone,
    hourCycle: 'h23',
    year: 'numeric',
    month: '2-digit',
    day: '2-digit',
    hour: '2-digit',
    minute: '2-digit',
    second: '2-digit',
    weekday: 'long',
    timeZoneName: 'longOffset',
  });
  const part = Object.fromEntries(formatter.formatToParts(instant).map(({ type, value }) => [type, value]));
  const offset = part.timeZoneName!.replace('GMT', '') || '+00:00';
  const date = `${part.year}-${part.month}-${part.day}`;
  const clock = `${part.hour}:${part.minute}:${part.second}`;
  const name = /^[+-]/.test(zone) ? `UTC${zone}` : zone;
  return `${date}T${clock}${offset} (${name}, ${part.weekday})`;
}
