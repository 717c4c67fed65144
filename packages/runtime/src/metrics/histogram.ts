import { type Labels, type Sample, Series } from './series.ts';

/** Counts observations per bucket: the smallest bound not below the value. */
export class Distribution {
  readonly #bounds: readonly number[];
  readonly #counts: number[];
  #sum = 0;

  constructor(bounds: readonly number[]) {
    this.#bounds = bounds;
    this.#counts = new Array(bounds.length + 1).fill(0);
  }

  observe(value: number): void {
    let index = 0;
    while (index < this.#bounds.length && value > this.#bounds[index]!) index++;
    this.#counts[index]!++;
    this.#sum += value;
  }

  samples(name: string, labels: Labels): Sample[] {
    let below = 0;
    const buckets = this.#counts.map((count, index) => {
      below += count;
      const le = String(this.#bounds[index] ?? '+Inf');
      return { metricName: `${name}_bucket`, labels: { ...labels, le }, value: below };
    });
    return [
      ...buckets,
      { metricName: `${name}_sum`, labels, value: this.#sum },
      { metricName: `${name}_count`, labels, value: below },
    ];
  }
}

export class Histogram<Label extends string> {
  readonly name: string;
  readonly help: string;
  readonly type = 'histogram';
  readonly aggregator = 'sum';
  readonly #series: Series<Label, Distribution>;

  constructor(name: string, help: string, labels: readonly Label[], bounds: readonly number[]) {
    this.name = name;
    this.help = help;
    this.#series = new Series(labels, () => new Distribution(bounds));
  }

  /** The distribution for these label values; from now on it is exported, even if empty. */
  of(...values: string[]): Distribution {
    return this.#series.of(values);
  }

  /** What prom-client requires of a metric. */
  async get() {
    const { name, help, type, aggregator } = this;
    const values = this.#series.samples((distribution, labels) => distribution.samples(name, labels));
    return { name, help, type, aggregator, values };
  }
}
