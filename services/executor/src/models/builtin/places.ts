import { COUNTRIES_BY_ZONE } from './country-names.ts';
import { fold } from './normalise.ts';
import { NAMES_BY_ZONE, ZONES_TO_CHOOSE_FROM } from './place-names.ts';

/** A zone for the time tool, or a sentence that says why there is not exactly one. */
export type Place = { timezone: string } | { problem: string };

/**
 * Segments of IANA names that do not clearly name a city: everyday words, and cities with a better-known namesake in another zone
 * (IANA's San Juan is in Argentina, not Puerto Rico).
 */
const NOT_A_CITY = new Set(
  'center christmas cordoba easter jersey knox merida midway monticello oral petersburg resolute san_juan troll wake'.split(
    ' ',
  ),
);
const FIXED_OFFSET = /^(?:(utc|gmt) ?([+-]) ?(\d{1,2})(?::?([0-5]\d))?|([+-])(\d{2}):([0-5]\d))$/;
const PLACE_LENGTH_MAX = 60;
const QUOTES = /^["'\u201c「]|["'\u201d」]$/g;

const ZONES = new Map<string, string>();
const CITIES = new Map<string, string>();
for (const zone of [...Intl.supportedValuesOf('timeZone'), 'UTC']) {
  ZONES.set(zone.toLowerCase(), zone);
  const city = zone.split('/').at(-1)!.toLowerCase();
  if (!zone.startsWith('Etc/') && !NOT_A_CITY.has(city)) CITIES.set(city.replaceAll('_', ' '), zone);
}
for (const [zone, names] of [...Object.entries(COUNTRIES_BY_ZONE), ...Object.entries(NAMES_BY_ZONE)]) {
  for (const name of names.split('|')) CITIES.set(withoutAccents(fold(name)), zone);
}
const CHOICES = new Map<string, string>();
for (const [names, zones] of Object.entries(ZONES_TO_CHOOSE_FROM)) {
  for (const name of names.split('|')) CHOICES.set(fold(name), zones);
}

/**
 * @param asked folded and single-spaced: a city, a country, an IANA zone or an offset from UTC; also `city, country`
 * @returns undefined if it is not a known place
 */
export function findPlace(asked: string): Place | undefined {
  if (asked.length > PLACE_LENGTH_MAX) return undefined;
  const name = withoutAccents(asked.replace(QUOTES, ''));
  const choices = CHOICES.get(name);
  if (choices) return { problem: `“${name}” has more than one time zone: ask for ${choices}.` };
  const timezone =
    CITIES.get(name) ??
    ZONES.get(name.replaceAll(' ', '_')) ??
    fixedOffset(name) ??
    legacyZone(name) ??
    cityWithin(name);
  return timezone === undefined ? undefined : { timezone };
}

/** For `São Paulo` and `ZÜRICH`, which IANA spells without accents; folding leaves letters beyond ASCII as they are. */
function withoutAccents(name: string): string {
  return name
    .normalize('NFD')
    .replace(/[\u0300-\u036f]/g, '')
    .normalize('NFC')
    .toLowerCase();
}

/** `paris, france` and 法国巴黎, but not `paris, texas`: both must be in the same zone. */
function cityWithin(name: string): string | undefined {
  const [city = '', region = '', ...more] = name.split(/ ?, ?/);
  if (more.length > 0) return undefined;
  if (region !== '') return cityIn(city, region);
  // Chinese puts the larger place first, with nothing in between.
  if (!/^[\u4e00-\u9fff]+$/.test(name)) return undefined;
  for (let at = 2; at < name.length; at++) {
    const timezone = cityIn(name.slice(at), name.slice(0, at));
    if (timezone !== undefined) return timezone;
  }
  return undefined;
}

function cityIn(city: string, region: string): string | undefined {
  const timezone = CITIES.get(city);
  if (timezone === undefined) return undefined;
  const agrees =
    CITIES.get(region) === timezone ||
    CHOICES.get(region)
      ?.split(/,? (?:or )?/)
      .includes(timezone);
  return agrees ? timezone : undefined;
}

export function unknownPlace(name: string): Place {
  return {
    problem: `“${name.slice(0, PLACE_LENGTH_MAX)}” is no place known here: give an IANA time zone such as Europe/Berlin.`,
  };
}

function fixedOffset(name: string): string | undefined {
  const match = FIXED_OFFSET.exec(name);
  if (!match) return undefined;
  const sign = match[2] ?? match[5];
  const hours = match[3] ?? match[6]!;
  return `UTC${sign}${hours.padStart(2, '0')}:${match[4] ?? match[7] ?? '00'}`;
}

/** Names that IANA keeps as links, such as Asia/Calcutta and US/Pacific, are valid but not listed. */
function legacyZone(name: string): string | undefined {
  if (!name.includes('/')) return undefined;
  try {
    return new Intl.DateTimeFormat('en', { timeZone: name.replaceAll(' ', '_') }).resolvedOptions().timeZone;
  } catch {
    return undefined;
  }
}
