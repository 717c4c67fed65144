/**
 * A Postgres array literal; the driver cannot write arrays, since it does not fetch their types. All nulls
 * become the empty array, which `unnest` pads with nulls next to longer ones.
 */
export function arrayLiteral(values: readonly (string | number | null)[]): string {
  if (values.every((value) => value === null)) return '{}';
  const json = JSON.stringify(values);
  // Far cheaper than quoting one by one; Postgres reads JSON's quoting, except for its escapes.
  return json.includes('\\') ? `{${values.map(quoted).join()}}` : `{${json.slice(1, -1)}}`;
}

function quoted(value: string | number | null): string {
  if (typeof value !== 'string') return String(value);
  let text = value;
  if (text.includes('\\')) text = text.replaceAll('\\', '\\\\');
  if (text.includes('"')) text = text.replaceAll('"', '\\"');
  return `"${text}"`;
}
