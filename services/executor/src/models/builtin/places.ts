import { gazetteer, placeKey } from './gazetteer.ts';

/** A zone for the time tool, or a sentence that says why there is not exactly one. */
export type Place = { timezone: string } | { problem: string };

const FIXED_OFFSET = /^(?:(?:utc|gmt) ?[+-] ?\d{1,2}(?::?[0-5]\d)?|[+-]\d{2}:[0-5]\d)$/;
const PLACE_LENGTH_MAX = 60;
const QUOTES = /^["'\u201c「]|["'\u201d」]$/g;

/**
 * @param asked folded and single-spaced: a city, a country, an IANA zone or an offset from UTC; also `city, country`
 * @returns undefined if it is not a known place
 */
export function findPlace(asked: string): Place | undefined {
  if (asked.length > PLACE_LENGTH_MAX) return undefined;
  const name = asked.replace(QUOTES, '');
  const key = placeKey(name);
  const choices = gazetteer().choices.get(key);
  if (choices) return { problem: `“${name}” has more than one time zone: ask for ${choices}.` };
  const timezone = gazetteer().zones.get(key) ?? ianaZone(name) ?? fixedOffset(name) ?? cityWithin(key);
  return timezone === undefined ? undefined : { timezone };
}

export function unknownPlace(name: string): Place {
  return {
    problem: `“${name.slice(0, PLACE_LENGTH_MAX)}” is no place known here: give an IANA time zone such as Europe/Berlin.`,
  };
}

/** As IANA spells it; also former names, such as Asia/Calcutta and US/Pacific, which it keeps but no longer lists. */
function ianaZone(name: string): string | undefined {
  if (!name.includes('/')) return undefined;
  try {
    return new Intl.DateTimeFormat('en', { timeZone: name.replaceAll(' ', '_') }).resolvedOptions().timeZone;
  } catch {
    return undefined;
  }
}

function fixedOffset(name: string): string | undefined {
  return FIXED_OFFSET.test(name) ? name.replaceAll(' ', '').toUpperCase() : undefined;
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
  const { zones, choices } = gazetteer();
  const timezone = zones.get(city);
  if (timezone === undefined) return undefined;
  const ofRegion = [zones.get(region), ...(choices.get(region)?.split(/,? (?:or )?/) ?? [])];
  return ofRegion.includes(timezone) ? timezone : undefined;
}
