export type Labels = Readonly<Record<string, string>>;

/** A sample in prom-client's form. */
export interface Sample {
  readonly metricName?: string;
  readonly labels: Labels;
  readonly value: number;
}

/**
 * A metric's members, one per combination of label values. Callers look them up once and keep them: prom-client's own counters and
 * histograms build a key from the labels for each observation, which takes 0.1 to 0.4 µs, about a dozen times per task.
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
