import type { Section } from './section.ts';

/** As Markdown, which a terminal shows well enough. */
export function renderSections(sections: readonly Section[]): string {
  return sections
    .map(({ title, instruction, code }) => {
      const fence = code ? `\n\`\`\`${code.language}\n${code.text}\n\`\`\`\n` : '';
      return `## ${title}\n\n${instruction}\n${fence}`;
    })
    .join('\n');
}
