/** One way to configure one client. */
export interface Section {
  readonly title: string;
  /** What to do with the code below. */
  readonly instruction: string;
  /** Absent if there is nothing to paste. */
  readonly code?: { readonly language: 'json' | 'sh'; readonly text: string };
}

/** As Markdown, which a terminal shows well enough. */
export function renderSections(sections: readonly Section[]): string {
  return sections
    .map(({ title, instruction, code }) => {
      const fence = code ? `\n\`\`\`${code.language}\n${code.text}\n\`\`\`\n` : '';
      return `## ${title}\n\n${instruction}\n${fence}`;
    })
    .join('\n');
}

export function jsonCode(value: unknown): NonNullable<Section['code']> {
  return { language: 'json', text: JSON.stringify(value, null, 2) };
}
