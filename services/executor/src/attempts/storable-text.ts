/** Postgres accepts neither NUL nor lone surrogates: each is replaced by U+FFFD, which keeps lengths. */
export function storableText(text: string): string {
  return text.toWellFormed().replaceAll('\u0000', '\ufffd');
}

/** Applies `storableText` to every string and key in a JSON value. */
export function storableJson<Value>(value: Value): Value {
  return asStorable(value) as Value;
}

function asStorable(value: unknown): unknown {
  if (typeof value === 'string') return storableText(value);
  if (typeof value !== 'object' || value === null) return value;
  if (Array.isArray(value)) return value.map(asStorable);
  return Object.fromEntries(
    Object.entries(value).map(([key, item]) => [storableText(key), asStorable(item)]),
  );
}
