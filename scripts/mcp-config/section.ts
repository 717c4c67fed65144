/** One way to configure one client. */
export interface Section {
  readonly title: string;
  /** What to do with the code below. */
  readonly instruction: string;
  /** Absent if there is nothing to paste. */
  readonly code?: { readonly language: 'json' | 'sh'; readonly text: string };
}

export function jsonCode(value: unknown): NonNullable<Section['code']> {
  return { language: 'json', text: JSON.stringify(value, null, 2) };
}
