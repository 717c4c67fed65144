/** SHA-256, in hex, of a request's JSON value; the order of its fields and its white space make no difference. */
export function requestHash(body: unknown): string {
  return new Bun.CryptoHasher('sha256').update(JSON.stringify(body, sortKeys)).digest('hex');
}

function sortKeys(_: string, value: unknown): unknown {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return value;
  // As a list: an object would put keys that look like numbers first, and take __proto__ for something else.
  const sorted = Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1));
  return ['object', ...sorted.flat()];
}
