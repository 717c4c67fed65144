/** The key in `Authorization: Bearer <key>` (RFC 6750); null if the header is missing or has another form. */
export function bearerKey(headers: Headers): string | null {
  const header = headers.get('authorization');
  return header === null ? null : (/^Bearer +(\S+) *$/i.exec(header)?.[1] ?? null);
}

/** The `WWW-Authenticate` header of a refusal (RFC 6750). */
export function challenge(parameters: Readonly<Record<string, string>>): string {
  const all = Object.entries({ realm: 'millrace', ...parameters });
  return `Bearer ${all.map(([name, value]) => `${name}="${value.replaceAll('"', "'")}"`).join(', ')}`;
}
