/** Whether an address to listen on can be reached from this machine only. */
export function isLoopback(hostname: string): boolean {
  return hostname === 'localhost' || hostname === '::1' || /^127\.\d{1,3}\.\d{1,3}\.\d{1,3}$/.test(hostname);
}

const LOOPBACK_HOST = /^(localhost|127\.\d{1,3}\.\d{1,3}\.\d{1,3}|\[::1\])(:\d{1,5})?$/i;

/** The same of a `Host` header or the address of a broker, with whatever port. */
export function isLoopbackHost(address: string): boolean {
  return LOOPBACK_HOST.test(address);
}
