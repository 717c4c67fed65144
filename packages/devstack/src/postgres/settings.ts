export type PostgresSettings = Record<string, string | number | boolean>;

/**
 * Sized for a development machine that is idle most of the time. Given on the command line, they follow the code and
 * not the data folder. Durability is untouched: fsync and synchronous_commit stay on.
 */
export const developmentSettings: PostgresSettings = {
  shared_buffers: '64MB',
  // For `bun run up --executors 32`: five for each, 22 for gateway and MCP, and some for people.
  max_connections: 200,
  // The default keeps three I/O worker processes around.
  io_method: 'sync',
  autovacuum_max_workers: 2,
  // No process that waits for subscriptions.
  max_logical_replication_workers: 0,
  max_wal_size: '512MB',
  // The binaries are built without LLVM.
  jit: false,
  timezone: 'UTC',
  log_timezone: 'UTC',
  log_checkpoints: false,
  // Loopback TCP only: a socket's path would have to fit in 107 bytes, wherever the data folder lies.
  unix_socket_directories: '',
  listen_addresses: '127.0.0.1',
};

export function commandLine(settings: PostgresSettings): string[] {
  return Object.entries(settings).flatMap(([name, value]) => [
    '-c',
    `${name}=${value === true ? 'on' : value === false ? 'off' : value}`,
  ]);
}
