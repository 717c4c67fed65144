/** The address at which this machine reaches a server listening on `host`: all interfaces include loopback. */
export function reachable(host = ''): string {
  return host === '' || host === '0.0.0.0' || host === '::' ? '127.0.0.1' : host;
}

/** The same as a URL, such as `http://127.0.0.1:3000`. */
export function reachableUrl(host: string | undefined, port: number): string {
  const address = reachable(host);
  return `http://${address.includes(':') ? `[${address}]` : address}:${port}`;
}
