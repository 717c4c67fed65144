/** The address by which this machine reaches who listens on `host`: every interface is also this one. */
export function reachable(host = ''): string {
  return host === '' || host === '0.0.0.0' || host === '::' ? '127.0.0.1' : host;
}

/** Where this machine reaches who listens there, as `http://127.0.0.1:3000`. */
export function reachableUrl(host: string | undefined, port: number): string {
  const address = reachable(host);
  return `http://${address.includes(':') ? `[${address}]` : address}:${port}`;
}
