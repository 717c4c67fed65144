/** The label for models not configured, so that tasks cannot create series by naming models. No model name starts with `_`. */
const OTHER = '_other';

/** Metrics per model, created up front for each configured one, so that all are exported from the start. */
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
