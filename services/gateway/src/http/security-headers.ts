/** On every answer. Nothing here is a document, so nothing may be loaded by one; the API's page has its own policy. */
export const SECURITY_HEADERS = {
  'content-security-policy': "default-src 'none'; frame-ancestors 'none'",
  'cross-origin-resource-policy': 'same-origin',
  'referrer-policy': 'no-referrer',
  'x-content-type-options': 'nosniff',
  'x-frame-options': 'DENY',
  // Tasks change, and are nobody else's business; what may be cached says so itself.
  'cache-control': 'no-store',
} as const;

/** For the page at /swagger: its own files and its own API, nothing from elsewhere and nothing inline. */
export const PAGE_SECURITY_POLICY = [
  "default-src 'none'",
  "script-src 'self'",
  "style-src 'self'",
  "img-src 'self' data:",
  "connect-src 'self'",
  "base-uri 'none'",
  "form-action 'none'",
  "frame-ancestors 'none'",
].join('; ');
