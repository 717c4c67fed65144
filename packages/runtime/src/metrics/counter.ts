import { Series } from './series.ts';

/** A number that only increases. */
export class Count {
  value = 0;

  add(more = 1): void {
    this.value += more;
  }
}

export class Counter<Label extends string> {
  readonly name: string;
  readonly help: string;
  readonly type = 'counter';
  readonly aggregator = 'sum';
  readonly #series: Series<Label, Count>;

  constructor(name: string, help: string, labels: readonly Label[]) {
    this.name = name;
    this.help = help;
    this.#series = new Series(labels, () => new Count());
  }

  /** The count for these label values; from now on it is exported, even if 0. */
  of(...values: string[]): Count {
    return this.#series.of(values);
  }

  /** What prom-client requires of a metric. */
  async get() {
    const { name, help, type, aggregator } = this;
    const values = this.#series.samples(({ value }, labels) => [{ labels, value }]);
    return { name, help, type, aggregator, values };
  }
}
