const REDACTED = '[redacted]';
const BEARER = /\bbearer\s+[^\s"',]+/gi;
/** OpenAI's format, which many share; providers echo keys in full or with asterisks in the middle. */
const KEY_LIKE = /\bsk-[\w*.-]{4,}/g;

/** Removes the key, and anything that looks like one, from a provider's message. */
export function redact(text: string, apiKey: string | undefined): string {
  const known = apiKey ? text.replaceAll(apiKey, REDACTED) : text;
  return known.replace(BEARER, REDACTED).replace(KEY_LIKE, REDACTED);
}
