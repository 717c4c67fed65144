import type { Labels } from './series.ts';

export interface Reading {
  readonly labels?: Labels;
  readonly value: number;
}

/** Read for every scrape. Without a reading it is absent from the output, which is not the same as zero. */
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

  /** What prom-client requires of a metric. */
  async get() {
    const { name, help, type, aggregator } = this;
    const values = (await this.#read()).map(({ labels = {}, value }) => ({ labels, value }));
    return { name, help, type, aggregator, values };
  }
}
