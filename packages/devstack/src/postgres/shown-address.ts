/*
 * What may be printed of a connection URL. By its text, because it may name several hosts, which the class URL refuses.
 * Up to the last `@`, because a password may hold one, or a slash, that was not encoded.
 */

export function withoutPassword(url: string): string {
  return url.replace(/^(\w+:\/\/[^:@/]*):.*@/, '$1:***@');
}

/** `host:port/database` */
export function hostsAndDatabase(url: string): string {
  return url.replace(/^\w+:\/\/(?:.*@)?/, '').replace(/[?#].*$/, '');
}
