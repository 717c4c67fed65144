/** Whether a listen address is reachable only from this machine. */
export function isLoopback(hostname: string): boolean {
  return hostname === 'localhost' || hostname === '::1' || /^127\.\d{1,3}\.\d{1,3}\.\d{1,3}$/.test(hostname);
}

const LOOPBACK_HOST = /^(localhost|127\.\d{1,3}\.\d{1,3}\.\d{1,3}|\[::1\])(:\d{1,5})?$/i;

/** The same for a `Host` header or a broker's address, with any port. */
export function isLoopbackHost(address: string): boolean {
  return LOOPBACK_HOST.test(address);
}
