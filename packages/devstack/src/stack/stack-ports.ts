import { join, resolve } from 'node:path';
import { freePort } from '../ports/free-port.ts';
import { requireAddresses, type WantedAddress } from '../ports/require-addresses.ts';
import { requirePorts, type WantedPort } from '../ports/require-ports.ts';
import { readPostmaster } from '../postgres/postmaster-file.ts';
import type { PartName, StackOptions, StackPorts } from './options.ts';
import type { Environment } from './service-addresses.ts';

/** What the parts listen on, and the variables that change it; the embedded stores listen only on loopback. */
const listeners: { part: keyof StackPorts; purpose: string; variable: string; hostVariable?: string }[] = [
  { part: 'gateway', purpose: 'gateway', variable: 'GATEWAY_PORT', hostVariable: 'GATEWAY_HOST' },
  { part: 'mcp', purpose: 'MCP', variable: 'MCP_PORT', hostVariable: 'MCP_HOST' },
  { part: 'broker', purpose: 'embedded broker', variable: 'KAFKA_PORT' },
  { part: 'postgres', purpose: 'embedded Postgres', variable: 'POSTGRES_PORT' },
];

/** The given ports, which must be free, and free ones for the rest. Throws a StackError naming every unavailable one. */
export async function choosePorts(
  options: StackOptions,
  environment: Environment,
  parts: ReadonlySet<PartName>,
): Promise<StackPorts> {
  const given = options.ports ?? {};
  const hostOf = (variable: string) => environment[variable] || '127.0.0.1';
  const addresses: WantedAddress[] = [];
  const ports: WantedPort[] = [];
  for (const { part, purpose, variable, hostVariable } of listeners) {
    if (!parts.has(part)) continue;
    const host = hostVariable ? hostOf(hostVariable) : '127.0.0.1';
    if (hostVariable) addresses.push({ host, variable: hostVariable });
    const port = given[part];
    if (port !== undefined) ports.push({ purpose, port, variable, host });
  }
  if (parts.has('executor')) addresses.push({ host: hostOf('HEALTH_HOST'), variable: 'HEALTH_HOST' });
  await requireAddresses(addresses);
  // A Postgres left by an earlier run is adopted together with its port.
  const adopted = readPostmaster(join(resolve(options.dataDir), 'postgres'))?.port;
  await requirePorts(ports.filter(({ variable, port }) => variable !== 'POSTGRES_PORT' || port !== adopted));
  return {
    gateway: given.gateway ?? (await freePort()),
    mcp: given.mcp ?? (await freePort()),
    broker: given.broker ?? (await freePort()),
    postgres: given.postgres ?? (await freePort()),
  };
}
