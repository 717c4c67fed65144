const TRACEPARENT = /^00-(?!0{32})[0-9a-f]{32}-(?!0{16})[0-9a-f]{16}-[0-9a-f]{2}$/;

/** The W3C trace context header, or a new sampled one where the caller sent none that is valid. */
export function traceparentOrNew(header: string | null | undefined): string {
  if (isTraceparent(header)) return header;
  const random = crypto.getRandomValues(new Uint8Array(24)).toHex();
  return `00-${random.slice(0, 32)}-${random.slice(32)}-01`;
}

export function isTraceparent(header: string | null | undefined): header is string {
  return header != null && TRACEPARENT.test(header);
}

/** For log lines; undefined if there is no trace, or what came in its place is none. */
export function traceIdOf(traceparent: string | null | undefined): string | undefined {
  return isTraceparent(traceparent) ? traceparent.slice(3, 35) : undefined;
}
