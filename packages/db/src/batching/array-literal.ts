/**
 * A list as Postgres reads it. The driver writes none itself, since it does not fetch the types of arrays. Of nulls alone: the empty list,
 * which `unnest` fills up beside longer ones.
 */
export function arrayLiteral(values: readonly (string | number | null)[]): string {
  if (values.every((value) => value === null)) return '{}';
  const json = JSON.stringify(values);
  // Far cheaper than quoting one by one, and what Postgres reads as well, but for JSON's escapes.
  return json.includes('\\') ? `{${values.map(quoted).join()}}` : `{${json.slice(1, -1)}}`;
}

function quoted(value: string | number | null): string {
  if (typeof value !== 'string') return String(value);
  let text = value;
  if (text.includes('\\')) text = text.replaceAll('\\', '\\\\');
  if (text.includes('"')) text = text.replaceAll('"', '\\"');
  return `"${text}"`;
}
