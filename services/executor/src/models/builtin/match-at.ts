const NONE: Record<string, string | undefined> = {};

/** What a sticky pattern matches at exactly `at`; `end` is the index after it. */
export function matchAt(pattern: RegExp, text: string, at: number) {
  pattern.lastIndex = at;
  const match = pattern.exec(text);
  return match ? { text: match[0], end: pattern.lastIndex, groups: match.groups ?? NONE } : undefined;
}
