const WAIT = /^\s*wait\s*(?:[=;]|$)/i;
const WAIT_SECONDS = /^\s*wait\s*=\s*(?:(\d{1,9})|"(\d{1,9})")\s*(?:;|$)/i;

/**
 * How many seconds the header `Prefer: wait=N` (RFC 7240) asks to wait, at most `secondsMax`. Null where that cannot
 * be understood: a preference is never a reason to refuse.
 */
export function preferredWait(headers: Headers, secondsMax: number): number | null {
  const header = headers.get('prefer');
  if (header === null) return null;
  // Of several, the first one counts.
  const [, plain, quoted] =
    WAIT_SECONDS.exec(preferencesIn(header).find((text) => WAIT.test(text)) ?? '') ?? [];
  const seconds = plain ?? quoted;
  return seconds === undefined ? null : Math.min(Number(seconds), secondsMax);
}

/** Splits at commas outside quotes. By hand: a regular expression for it can be made to backtrack for seconds. */
function preferencesIn(header: string): string[] {
  const preferences: string[] = [];
  let begin = 0;
  let quoted = false;
  for (let i = 0; i < header.length; i++) {
    const character = header[i];
    if (character === '"') quoted = !quoted;
    else if (character === ',' && !quoted) {
      preferences.push(header.slice(begin, i));
      begin = i + 1;
    }
  }
  return [...preferences, header.slice(begin)];
}
