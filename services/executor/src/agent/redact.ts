const REDACTED = '[redacted]';
const BEARER = /\bbearer\s+[^\s"',]+/gi;
/** OpenAI's form, shared by many; providers echo it whole or with stars in its middle. */
const KEY_LIKE = /\bsk-[\w*.-]{4,}/g;

/** Takes the key, and whatever looks like one, out of a provider's words. */
export function redact(text: string, apiKey: string | undefined): string {
  const known = apiKey ? text.replaceAll(apiKey, REDACTED) : text;
  return known.replace(BEARER, REDACTED).replace(KEY_LIKE, REDACTED);
}
