const TRACEPARENT = /^00-(?!0{32})[0-9a-f]{32}-(?!0{16})[0-9a-f]{16}-[0-9a-f]{2}$/;

/** A W3C `traceparent` header for a new, sampled trace. */
export function newTraceparent(): string {
  const random = crypto.getRandomValues(new Uint8Array(24)).toHex();
  return `00-${random.slice(0, 32)}-${random.slice(32)}-01`;
}

export function isTraceparent(header: string | null | undefined): header is string {
  return header != null && TRACEPARENT.test(header);
}

/** For log lines; undefined if the header is missing or invalid. */
export function traceIdOf(traceparent: string | null | undefined): string | undefined {
  return isTraceparent(traceparent) ? traceparent.slice(3, 35) : undefined;
}
