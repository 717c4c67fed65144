/**
 * The path of a request's `url`, whatever the client sent as `Host`. `new URL` would throw on an invalid one: Bun makes
 * `http://[/tasks` of `Host: [`, and `/tasks` of `Host: a b`.
 */
export function pathOf(url: string): string {
  const query = url.indexOf('?');
  return url.slice(pathStart(url), query < 0 ? undefined : query);
}

/** What follows the `?`; empty without one. */
export function queryOf(url: string): string {
  const mark = url.indexOf('?');
  return mark < 0 ? '' : url.slice(mark + 1);
}

function pathStart(url: string): number {
  if (url.startsWith('/')) return 0;
  const start = url.indexOf('/', url.indexOf('://') + 3);
  return start < 0 ? url.length : start;
}
