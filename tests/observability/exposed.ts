/** What `/metrics` of one or more processes tells: for each metric that can be queried, the labels that any of its series has. */
export type Exposed = ReadonlyMap<string, ReadonlySet<string>>;

const SAMPLE = /^(\w+)(?:\{(.*)\})? \S+$/;

/** Reads Prometheus' text format. A metric without a series yet is there all the same, by its TYPE. */
export function readExposed(texts: readonly string[]): Exposed {
  const exposed = new Map<string, Set<string>>();
  const labelsOf = (metric: string) => {
    const known = exposed.get(metric) ?? new Set();
    exposed.set(metric, known);
    return known;
  };
  for (const line of texts.flatMap((text) => text.split('\n'))) {
    const [, declared, kind] = /^# TYPE (\w+) (\w+)$/.exec(line) ?? [];
    if (declared) {
      const suffixes = kind === 'histogram' ? ['_bucket', '_sum', '_count'] : [''];
      for (const suffix of suffixes) labelsOf(declared + suffix);
    }
    const [, metric, labels = ''] = SAMPLE.exec(line) ?? [];
    if (metric) for (const [, label] of labels.matchAll(/(\w+)="/g)) labelsOf(metric).add(label!);
  }
  return exposed;
}
