/** A list as Postgres reads it. The driver writes none itself, since it does not fetch the types of arrays. */
export function arrayLiteral(values: readonly (string | number | null)[]): string {
  const json = JSON.stringify(values);
  // Far cheaper than quoting one by one, and what Postgres reads as well, but for JSON's escapes.
  return json.includes('\\') ? `{${values.map(quoted).join()}}` : `{${json.slice(1, -1)}}`;
}

function quoted(value: string | number | null): string {
  return typeof value === 'string' ? `"${value.replace(/["\\]/g, '\\$&')}"` : String(value);
}
