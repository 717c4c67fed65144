import { fold } from './normalise.ts';
import { NAMES_BY_ZONE, ZONES_TO_CHOOSE_FROM } from './place-names.ts';

/** A zone for the time tool, or a sentence that says why there is not exactly one. */
export type Place = { timezone: string } | { problem: string };

/**
 * Cities of IANA's and countries of Intl's that are not clearly meant: everyday words, and places with a better-known namesake in another
 * zone (IANA's San Juan is in Argentina, not Puerto Rico).
 */
const UNCLEAR = new Set(
  'center|christmas|cordoba|easter|jersey|knox|la rioja|merida|midway|monticello|oral|petersburg|resolute|san juan|troll|wake'.split(
    '|',
  ),
);
const FIXED_OFFSET = /^(?:(utc|gmt) ?([+-]) ?(\d{1,2})(?::?([0-5]\d))?|([+-])(\d{2}):([0-5]\d))$/;
const PLACE_LENGTH_MAX = 60;
const QUOTES = /^["'\u201c「]|["'\u201d」]$/g;

const ZONES = new Map<string, string>();
const PLACES = new Map<string, string>();
for (const zone of [...Intl.supportedValuesOf('timeZone'), 'UTC']) {
  ZONES.set(zone.toLowerCase(), zone);
  if (!zone.startsWith('Etc/')) addPlace(zone.split('/').at(-1)!.replaceAll('_', ' '), zone);
}
addCountries();
for (const [zone, names] of Object.entries(NAMES_BY_ZONE)) {
  for (const name of names.split('|')) PLACES.set(placeKey(name), zone);
}
const CHOICES = new Map<string, string>();
for (const [names, zones] of Object.entries(ZONES_TO_CHOOSE_FROM)) {
  for (const name of names.split('|')) CHOICES.set(placeKey(name), zones);
}

/** Countries and territories with one time zone, by their names in English and Chinese. */
function addCountries(): void {
  const languages = ['en', 'zh-Hans', 'zh-Hant'].map(
    (language) => new Intl.DisplayNames(language, { type: 'region', fallback: 'none' }),
  );
  const letters = [...'ABCDEFGHIJKLMNOPQRSTUVWXYZ'];
  for (const code of letters.flatMap((first) => letters.map((second) => first + second))) {
    const names = languages.map((language) => language.of(code)).filter((name) => name !== undefined);
    if (names.length === 0) continue;
    const [zone, ...more] = new Intl.Locale(`und-${code}`).getTimeZones() ?? [];
    if (zone === undefined || more.length > 0) continue;
    for (const name of names) addPlace(name, zone);
  }
}

function addPlace(name: string, zone: string): void {
  const key = placeKey(name);
  if (!UNCLEAR.has(key)) PLACES.set(key, zone);
}

/**
 * @param asked folded and single-spaced: a city, a country, an IANA zone or an offset from UTC; also `city, country`
 * @returns undefined if it is not a known place
 */
export function findPlace(asked: string): Place | undefined {
  if (asked.length > PLACE_LENGTH_MAX) return undefined;
  const name = asked.replace(QUOTES, '');
  const key = placeKey(name);
  const choices = CHOICES.get(key);
  if (choices) return { problem: `“${name}” has more than one time zone: ask for ${choices}.` };
  const timezone =
    PLACES.get(key) ??
    ZONES.get(name.replaceAll(' ', '_')) ??
    fixedOffset(name) ??
    legacyZone(name) ??
    cityWithin(key);
  return timezone === undefined ? undefined : { timezone };
}

/** One spelling for `São Paulo` and `Sao Paulo`, `St. Lucia` and `Saint Lucia`, `Port-au-Prince` and `Port au Prince`, `the UK` and `UK`. */
function placeKey(name: string): string {
  return fold(name)
    .normalize('NFD')
    .replace(/[\u0300-\u036f]/g, '')
    .normalize('NFC')
    .toLowerCase()
    .replaceAll('-', ' ')
    .replace(/^the /, '')
    .replace(/\bst\.? /, 'saint ')
    .replace(' & ', ' and ');
}

/** `paris, france` and 法国巴黎, but not `paris, texas`: both must be in the same zone. */
function cityWithin(name: string): string | undefined {
  const [city = '', region = '', ...more] = name.split(/ ?, ?(?:the )?/);
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
  const timezone = PLACES.get(city);
  if (timezone === undefined) return undefined;
  const agrees =
    PLACES.get(region) === timezone ||
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
