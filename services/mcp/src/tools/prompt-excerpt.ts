import { Type } from '@sinclair/typebox';

const LENGTH_MAX = 200;

/** Answers carry this in place of `prompt`, whose 100,000 characters would fill a model's context. */
export const PromptExcerpt = Type.String({ description: `The prompt's first ${LENGTH_MAX} characters` });

export function excerptPrompt(prompt: string): string {
  if (prompt.length <= LENGTH_MAX) return prompt;
  // Without half of a surrogate pair at the end.
  return `${prompt.slice(0, LENGTH_MAX).replace(/[\uD800-\uDBFF]$/, '')}…`;
}
