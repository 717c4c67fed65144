/** No valid request nests deeper. What does is refused, and need not be told apart. */
const DEPTH_MAX = 64;

/** SHA-256, in hex, of a request's JSON value, regardless of field order and whitespace. */
export function requestHash(body: unknown): string {
  return new Bun.CryptoHasher('sha256').update(JSON.stringify(inOrder(body))).digest('hex');
}

function inOrder(value: unknown, depth = 0): unknown {
  if (typeof value !== 'object' || value === null) return value;
  if (depth > DEPTH_MAX) return null;
  if (Array.isArray(value)) return value.map((item) => inOrder(item, depth + 1));
  // As an array: an object would move integer-like keys to the front, and treat __proto__ specially.
  const sorted = Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1));
  return ['object', ...sorted.flatMap(([name, item]) => [name, inOrder(item, depth + 1)])];
}
