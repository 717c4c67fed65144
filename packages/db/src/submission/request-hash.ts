/** SHA-256, in hex, of a request's JSON value, regardless of field order and whitespace. */
export function requestHash(body: unknown): string {
  return new Bun.CryptoHasher('sha256').update(JSON.stringify(body, sortKeys)).digest('hex');
}

function sortKeys(_: string, value: unknown): unknown {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return value;
  // As an array: an object would move integer-like keys to the front, and treat __proto__ specially.
  const sorted = Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1));
  return ['object', ...sorted.flat()];
}
