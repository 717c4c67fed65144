/** The key in `Authorization: Bearer <key>` (RFC 6750); null without the header or if it is anything else. */
export function bearerKey(headers: Headers): string | null {
  const header = headers.get('authorization');
  return header === null ? null : (/^Bearer +(\S+) *$/i.exec(header)?.[1] ?? null);
}

/** The header `WWW-Authenticate` of a refusal, by RFC 6750. */
export function challenge(parameters: Readonly<Record<string, string>> = {}): string {
  const all = Object.entries({ realm: 'millrace', ...parameters });
  return `Bearer ${all.map(([name, value]) => `${name}="${value.replaceAll('"', "'")}"`).join(', ')}`;
}
