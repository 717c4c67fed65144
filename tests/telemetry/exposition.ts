/** A metric family, as exposed by `GET /metrics`. */
export interface Family {
  readonly name: string;
  readonly type: string;
  readonly help: string;
  readonly samples: Sample[];
}

export interface Sample {
  readonly name: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly value: number;
}

const NAME = '[a-zA-Z_:][a-zA-Z0-9_:]*';
const META = new RegExp(`^# (HELP|TYPE) (${NAME}) (.+)$`);
const SAMPLE = new RegExp(`^(${NAME})(?:\\{(.*)\\})? (\\S+)$`);
const LABEL = /^([a-zA-Z_][a-zA-Z0-9_]*)="((?:[^"\\\n]|\\[\\n"])*)"(?:,|$)/;
const NUMBER = /^(?:[+-]?(?:\d+(?:\.\d+)?)(?:e[+-]?\d+)?|[+-]Inf|NaN)$/;
const TYPES = new Set(['counter', 'gauge', 'histogram']);
const HISTOGRAM_SUFFIX = /_(bucket|sum|count)$/;

/**
 * Parses Prometheus' text format 0.0.4, more strictly than Prometheus itself: HELP and TYPE come once, before the samples of
 * their family, nothing is duplicated, and the buckets of a histogram are consistent.
 *
 * @throws naming the invalid line
 */
export function parseExposition(text: string): Map<string, Family> {
  if (!text.endsWith('\n')) throw new Error('the last line is unterminated');
  const families = new Map<string, Family>();
  const helps = new Map<string, string>();
  const seen = new Set<string>();
  let current: Family | undefined;
  for (const line of text.split('\n')) {
    if (line === '') continue;
    const meta = META.exec(line);
    if (meta) {
      const [, kind, name = '', rest = ''] = meta;
      if (kind === 'HELP') {
        if (helps.has(name)) throw new Error(`HELP twice: ${line}`);
        helps.set(name, rest);
        continue;
      }
      const help = helps.get(name);
      if (help === undefined || !TYPES.has(rest) || families.has(name)) throw new Error(`TYPE: ${line}`);
      current = { name, type: rest, help, samples: [] };
      families.set(name, current);
      continue;
    }
    const sample = parseSample(line);
    const family = current?.type === 'histogram' ? sample.name.replace(HISTOGRAM_SUFFIX, '') : sample.name;
    if (!current || family !== current.name) throw new Error(`outside of its family: ${line}`);
    const key = seriesKey(sample);
    if (seen.has(key)) throw new Error(`twice: ${line}`);
    seen.add(key);
    current.samples.push(sample);
  }
  for (const family of families.values()) check(family);
  return families;
}

/** One series, whatever the order of its labels. */
export function seriesKey({ name, labels }: Pick<Sample, 'name' | 'labels'>): string {
  return `${name}${JSON.stringify(Object.entries(labels).sort(([a], [b]) => (a < b ? -1 : 1)))}`;
}

function parseSample(line: string): Sample {
  const [, name, labelText = '', value = ''] = SAMPLE.exec(line) ?? [];
  if (name === undefined || !NUMBER.test(value)) throw new Error(`no sample: ${line}`);
  const labels: Record<string, string> = {};
  for (let rest = labelText; rest !== ''; ) {
    const match = LABEL.exec(rest);
    if (!match) throw new Error(`labels: ${line}`);
    const [whole, label = '', escaped = ''] = match;
    if (label in labels) throw new Error(`a label twice: ${line}`);
    labels[label] = escaped.replace(/\\(.)/g, (_, char) => (char === 'n' ? '\n' : char));
    rest = rest.slice(whole.length);
  }
  return { name, labels, value: Number(value.replace('Inf', 'Infinity')) };
}

function check({ name, type, samples }: Family): void {
  if (type === 'counter' && !name.endsWith('_total'))
    throw new Error(`counter ${name} does not end in _total`);
  for (const { value, labels } of samples) {
    if (type !== 'gauge' && !(value >= 0)) throw new Error(`${name}${JSON.stringify(labels)} is ${value}`);
  }
  if (type !== 'histogram') return;
  const series = Map.groupBy(samples, ({ labels: { le: _, ...labels } }) => seriesKey({ name, labels }));
  for (const [key, of] of series) {
    const buckets = of.filter((sample) => sample.name === `${name}_bucket`);
    const bounds = buckets.map(({ labels }) => Number(labels.le?.replace('Inf', 'Infinity')));
    const counts = buckets.map(({ value }) => value);
    const ascending = (list: number[]) => list.every((value, i) => i === 0 || value >= list[i - 1]!);
    const count = of.find((sample) => sample.name === `${name}_count`)?.value;
    const hasSum = of.some((sample) => sample.name === `${name}_sum`);
    const isWhole = bounds.at(-1) === Number.POSITIVE_INFINITY && counts.at(-1) === count && hasSum;
    if (!isWhole || !ascending(bounds) || !ascending(counts)) throw new Error(`buckets of ${key}`);
  }
}
