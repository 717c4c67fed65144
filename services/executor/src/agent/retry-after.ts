const SECONDS = /^\d+(\.\d+)?$/;
const HTTP_DATE = /^[A-Z][a-z]+,? /;

/** How long a provider asks to wait before a retry; null if it does not. Two headers are in use, the first in milliseconds. */
export function retryAfterMs(headers: Pick<Headers, 'get'> | undefined, now = Date.now()): number | null {
  const inMs = headers?.get('retry-after-ms');
  if (inMs) return duration(Number(inMs));
  const text = headers?.get('retry-after')?.trim();
  if (!text) return null;
  if (SECONDS.test(text)) return duration(Number(text) * 1000);
  return HTTP_DATE.test(text) ? duration(Date.parse(text) - now) : null;
}

function duration(ms: number): number | null {
  return Number.isFinite(ms) ? Math.max(0, Math.ceil(ms)) : null;
}
