/** Postgres takes neither NUL nor lone surrogates: U+FFFD stands in for them, one for one, so that lengths stay. */
export function storableText(text: string): string {
  return text.toWellFormed().replaceAll('\u0000', '\ufffd');
}

/** The same for every string and key in a JSON value. */
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
