import { fold } from './normalise.ts';
import { NAMES_BY_ZONE, ZONES_TO_CHOOSE_FROM } from './place-names.ts';

/**
 * Cities of IANA's and countries of Intl's that are not clearly meant: everyday words, and places with a
 * better-known namesake in another zone (IANA's San Juan is in Argentina, not Puerto Rico).
 */
const UNCLEAR = new Set(
  'center|christmas|cordoba|easter|jersey|knox|la rioja|merida|midway|monticello|oral|petersburg|resolute|san juan|troll|wake'.split(
    '|',
  ),
);

/** Both by `placeKey`. */
export interface Gazetteer {
  readonly zones: ReadonlyMap<string, string>;
  /** Of places with several, some to choose from, in words. */
  readonly choices: ReadonlyMap<string, string>;
}

let built: Gazetteer | undefined;

/** Built when the first place is looked up: it takes 50 ms, which an executor need not spend while it starts. */
export function gazetteer(): Gazetteer {
  built ??= build();
  return built;
}

function build(): Gazetteer {
  const zones = new Map<string, string>();
  for (const [name, zone] of [...cities(), ...countries()]) {
    if (!UNCLEAR.has(placeKey(name))) zones.set(placeKey(name), zone);
  }
  for (const [zone, names] of Object.entries(NAMES_BY_ZONE)) {
    for (const name of names.split('|')) zones.set(placeKey(name), zone);
  }
  const choices = new Map<string, string>();
  for (const [names, zonesInWords] of Object.entries(ZONES_TO_CHOOSE_FROM)) {
    for (const name of names.split('|')) choices.set(placeKey(name), zonesInWords);
  }
  return { zones, choices };
}

/** By which IANA's zones are named. */
function cities(): [name: string, zone: string][] {
  const zones = Intl.supportedValuesOf('timeZone').filter((zone) => !zone.startsWith('Etc/'));
  return zones.map((zone) => [zone.split('/').at(-1)!.replaceAll('_', ' '), zone]);
}

/** Countries and territories with one time zone, by their names in English and Chinese. */
function* countries(): Generator<[name: string, zone: string]> {
  const languages = ['en', 'zh-Hans', 'zh-Hant'].map(
    (language) => new Intl.DisplayNames(language, { type: 'region', fallback: 'none' }),
  );
  const letters = [...'ABCDEFGHIJKLMNOPQRSTUVWXYZ'];
  for (const code of letters.flatMap((first) => letters.map((second) => first + second))) {
    const names = languages.map((language) => language.of(code)).filter((name) => name !== undefined);
    if (names.length === 0) continue;
    const [zone, ...more] = new Intl.Locale(`und-${code}`).getTimeZones() ?? [];
    if (zone !== undefined && more.length === 0) yield* names.map((name): [string, string] => [name, zone]);
  }
}

/**
 * One spelling for `São Paulo` and `Sao Paulo`, `St. Lucia` and `Saint Lucia`, `Port-au-Prince` and `Port au
 * Prince`, `the UK` and `UK`.
 */
export function placeKey(name: string): string {
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
