export type Labels = Readonly<Record<string, string>>;

export interface Sample {
  /** Of the sample, where it is not the family's. */
  readonly metricName?: string;
  readonly labels?: Labels;
  readonly value: number;
}

/** One combination of label values. */
interface Series {
  samples(labels: Labels, name: string): Sample[];
}

/**
 * A metric with its series. Callers look these up once and keep them: prom-client's own counters and
 * histograms build a key from the labels for each observation, which takes 0.1 to 0.4 µs, about a dozen times
 * per task.
 */
export class Family<Member extends Series> {
  readonly #name: string;
  readonly #labels: readonly string[];
  readonly #create: () => Member;
  readonly #members = new Map<string, { labels: Labels; member: Member }>();

  constructor(name: string, labels: readonly string[], create: () => Member) {
    this.#name = name;
    this.#labels = labels;
    this.#create = create;
  }

  /** The series for these values of the labels, in their order; from now on it is exported, even if 0. */
  of(...values: string[]): Member {
    const key = values.join('\0');
    let found = this.#members.get(key);
    if (!found) {
      const labels = Object.fromEntries(this.#labels.map((label, index) => [label, values[index] ?? '']));
      found = { labels, member: this.#create() };
      this.#members.set(key, found);
    }
    return found.member;
  }

  samples(): Sample[] {
    return [...this.#members.values()].flatMap(({ member, labels }) => member.samples(labels, this.#name));
  }
}
