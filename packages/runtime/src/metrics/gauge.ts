import type { Labels } from './series.ts';

export interface Reading {
  readonly labels?: Labels;
  readonly value: number;
}

/** Read anew for every scrape. What the reading does not tell is absent from the answer, which is not the same as zero. */
export class Gauge {
  readonly name: string;
  readonly help: string;
  readonly type = 'gauge';
  readonly aggregator = 'sum';
  readonly #read: () => readonly Reading[] | Promise<readonly Reading[]>;

  constructor(name: string, help: string, read: () => readonly Reading[] | Promise<readonly Reading[]>) {
    this.name = name;
    this.help = help;
    this.#read = read;
  }

  /** What prom-client asks of a metric. */
  async get() {
    const { name, help, type, aggregator } = this;
    const values = (await this.#read()).map(({ labels = {}, value }) => ({ labels, value }));
    return { name, help, type, aggregator, values };
  }
}
