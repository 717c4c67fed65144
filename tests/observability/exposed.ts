import { scrape } from '../telemetry/scrape.ts';

/** What some services expose at `/metrics`: for each metric, the labels that any of its series has. */
export type Exposed = ReadonlyMap<string, ReadonlySet<string>>;

/** Includes metrics without a series yet. */
export async function exposedBy(origins: readonly string[]): Promise<Exposed> {
  const exposed = new Map<string, Set<string>>();
  const labelsOf = (metric: string) => {
    const known = exposed.get(metric) ?? new Set();
    exposed.set(metric, known);
    return known;
  };
  for (const { families } of await Promise.all(origins.map(scrape))) {
    for (const { name, type, samples } of families.values()) {
      for (const suffix of type === 'histogram' ? ['_bucket', '_sum', '_count'] : [''])
        labelsOf(name + suffix);
      for (const sample of samples) {
        for (const label of Object.keys(sample.labels)) labelsOf(sample.name).add(label);
      }
    }
  }
  return exposed;
}
