import { type Family, parseExposition, seriesKey } from './exposition.ts';

const TIMEOUT_MS = 3_000;

/** What a service reports about itself at one moment. */
export class Scrape {
  readonly families: Map<string, Family>;

  constructor(text: string) {
    this.families = parseExposition(text);
  }

  /** Undefined if the series is absent. */
  value(name: string, labels: Record<string, string> = {}): number | undefined {
    const family = this.families.get(name) ?? this.families.get(name.replace(/_(bucket|sum|count)$/, ''));
    const key = seriesKey({ name, labels });
    return family?.samples.find((sample) => seriesKey(sample) === key)?.value;
  }

  /** Whatever has decreased since an earlier scrape and must not. */
  fallenSince(earlier: Scrape): string[] {
    return [...this.families.values()]
      .filter(({ type }) => type !== 'gauge')
      .flatMap(({ samples }) => samples)
      .filter((sample) => {
        const before = earlier.value(sample.name, sample.labels);
        return before !== undefined && sample.value < before;
      })
      .map(seriesKey);
  }
}

/** @param origin of the service, such as `http://127.0.0.1:3000` */
export async function scrape(origin: string): Promise<Scrape> {
  const response = await fetch(`${origin}/metrics`, { signal: AbortSignal.timeout(TIMEOUT_MS) });
  const type = response.headers.get('content-type');
  if (response.status !== 200 || !type?.startsWith('text/plain; version=0.0.4')) {
    throw new Error(`${response.status} ${type}: ${await response.text()}`);
  }
  return new Scrape(await response.text());
}
