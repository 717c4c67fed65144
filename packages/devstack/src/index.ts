export { freePort, isPortFree } from './ports/free-port.ts';
export { createDatabase, databaseUrl, dropDatabase } from './postgres/databases.ts';
export { type PostgresOptions, type PostgresServer, startPostgres } from './postgres/server.ts';
export type { PostgresSettings } from './postgres/settings.ts';
export type { PartName, StackOptions, StackPorts } from './stack/options.ts';
export { Stack, startStack } from './stack/stack.ts';
export { StackError } from './stack-error.ts';
export type { Supervisor } from './supervisor/supervisor.ts';
