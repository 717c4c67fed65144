/** The label of what is not configured: whatever tasks name, they make no series. No model's name begins like this. */
const OTHER = '_other';

/** What is counted per model, made at once for each configured one, so that all are there from the start with zero. */
export class PerModel<Member> {
  readonly #members: ReadonlyMap<string, Member>;
  readonly #other: () => Member;

  constructor(models: readonly string[], create: (model: string) => Member) {
    this.#members = new Map(models.map((model) => [model, create(model)]));
    this.#other = () => create(OTHER);
  }

  of(model: string): Member {
    return this.#members.get(model) ?? this.#other();
  }
}
