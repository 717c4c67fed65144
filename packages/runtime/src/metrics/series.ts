export type Labels = Readonly<Record<string, string>>;

/** A value, or a bucket of one, as prom-client writes it. */
export interface Sample {
  readonly metricName?: string;
  readonly labels: Labels;
  readonly value: number;
}

/**
 * The values of a metric for each combination of its labels. They are looked up once and kept by whoever counts: prom-client's own
 * counters and histograms build a key of the labels for every observation, at 0.1 to 0.4 µs, of which a task makes about a dozen.
 */
export class Series<Label extends string, Member> {
  readonly #names: readonly Label[];
  readonly #create: () => Member;
  readonly #members = new Map<string, { labels: Labels; member: Member }>();

  constructor(names: readonly Label[], create: () => Member) {
    this.#names = names;
    this.#create = create;
  }

  /** @param values in the order of the names */
  of(values: readonly string[]): Member {
    const key = values.join('\0');
    let found = this.#members.get(key);
    if (!found) {
      const labels = Object.fromEntries(this.#names.map((name, index) => [name, values[index] ?? '']));
      found = { labels, member: this.#create() };
      this.#members.set(key, found);
    }
    return found.member;
  }

  samples(of: (member: Member, labels: Labels) => readonly Sample[]): Sample[] {
    return [...this.#members.values()].flatMap(({ member, labels }) => of(member, labels));
  }
}
