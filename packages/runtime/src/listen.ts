/**
 * Calls `listen`, for an address that the variables `<name>_HOST` and `<name>_PORT` gave.
 *
 * @throws an error that names both, if the port is taken, or the host is no address of this machine
 */
export function listenAs<Server>(
  name: string,
  { hostname, port }: { hostname: string; port: number },
  listen: () => Server,
): Server {
  try {
    return listen();
  } catch (cause) {
    throw new Error(`cannot listen on ${name}_HOST=${hostname} ${name}_PORT=${port}`, { cause });
  }
}
