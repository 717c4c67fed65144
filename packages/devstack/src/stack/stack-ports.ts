import { join, resolve } from 'node:path';
import { freePort } from '../ports/free-port.ts';
import { requireAddresses } from '../ports/require-addresses.ts';
import { requirePorts, type WantedPort } from '../ports/require-ports.ts';
import { readPostmaster } from '../postgres/postmaster-file.ts';
import type { PartName, StackOptions, StackPorts } from './options.ts';
import type { Environment } from './service-addresses.ts';

type PortName = keyof StackPorts;

/** The variables that say on which address a service listens. */
const hostVariables: Partial<Record<PartName, string>> = {
  gateway: 'GATEWAY_HOST',
  mcp: 'MCP_HOST',
  executor: 'HEALTH_HOST',
};

const described: Record<PortName, { purpose: string; variable: string }> = {
  gateway: { purpose: 'gateway', variable: 'GATEWAY_PORT' },
  mcp: { purpose: 'MCP', variable: 'MCP_PORT' },
  broker: { purpose: 'embedded broker', variable: 'KAFKA_PORT' },
  postgres: { purpose: 'embedded Postgres', variable: 'POSTGRES_PORT' },
};

/** The given ports, which must be free, and free ones for the rest. Throws a StackError naming every unavailable one. */
export async function choosePorts(
  options: StackOptions,
  environment: Environment,
  parts: ReadonlySet<PartName>,
): Promise<StackPorts> {
  const given = options.ports ?? {};
  // A Postgres left by an earlier run is adopted together with its port.
  const adopted = readPostmaster(join(resolve(options.dataDir), 'postgres'))?.port;
  const hostOf = (name: PartName) => environment[hostVariables[name] ?? ''] || '127.0.0.1';
  const listening = Object.entries(hostVariables) as [PartName, string][];
  await requireAddresses(
    listening
      .filter(([name]) => parts.has(name))
      .map(([name, variable]) => ({ variable, host: hostOf(name) })),
  );
  const wanted: WantedPort[] = [];
  for (const name of Object.keys(described) as PortName[]) {
    const port = given[name];
    if (port === undefined || !parts.has(name) || (name === 'postgres' && port === adopted)) continue;
    wanted.push({ ...described[name], port, host: hostOf(name) });
  }
  await requirePorts(wanted);
  return {
    gateway: given.gateway ?? (await freePort()),
    mcp: given.mcp ?? (await freePort()),
    broker: given.broker ?? (await freePort()),
    postgres: given.postgres ?? (await freePort()),
  };
}
