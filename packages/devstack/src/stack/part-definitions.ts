import { join, resolve } from 'node:path';
import type { ChildOptions } from '../supervisor/launch-child.ts';
import type { Health } from './health-ports.ts';
import type { PartName, StackOptions, StackPorts } from './options.ts';
import { runtimeSettings } from './runtime-settings.ts';
import { type Environment, gatewayAuth, gatewayUrl, mcpAuth, mcpUrl } from './service-addresses.ts';

/** This repository's root; the services run there. */
export const repositoryRoot = resolve(import.meta.dir, '../../../..');

type Script = Exclude<PartName, 'postgres'>;

const scripts: Record<Script, string> = {
  broker: 'packages/broker/src/main.ts',
  gateway: 'services/gateway/src/main.ts',
  executor: 'services/executor/src/main.ts',
  mcp: 'services/mcp/src/main.ts',
};

/** Only executors call models, so no other part gets the key. */
const forExecutorsAlone = ['OPENAI_API_KEY', 'OPENAI_BASE_URL'];

/** The addresses that all services get. */
export type Addresses = { databaseUrl: string; kafkaBrokers: string };

/** The command, environment and readiness of each part: the contract between the stack and the services. */
export class PartDefinitions {
  readonly #options: StackOptions;
  readonly #environment: Environment;
  readonly #ports: StackPorts;

  constructor(options: StackOptions, environment: Environment, ports: StackPorts) {
    this.#options = options;
    this.#environment = environment;
    this.#ports = ports;
  }

  broker(): ChildOptions {
    const dataDir = join(resolve(this.#options.dataDir), 'broker');
    return {
      ...this.#command('broker', {}),
      args: ['--host', '127.0.0.1', '--port', String(this.#ports.broker), '--data-dir', dataDir],
      readiness: { line: /"msg":"listening"/ },
    };
  }

  gateway(addresses: Addresses): ChildOptions {
    const port = this.#ports.gateway;
    const told = { GATEWAY_PORT: String(port), GATEWAY_AUTH: gatewayAuth(this.#environment) };
    const readiness = { url: `${gatewayUrl(this.#environment, port)}/health/ready` };
    return { ...this.#service('gateway', addresses, told), readiness };
  }

  executor(name: string, addresses: Addresses, health: Health): ChildOptions {
    const { EXECUTOR_ID } = this.#environment;
    const told: Environment = { HEALTH_PORT: String(health.port) };
    // An executor releases unknown claims under its own id, so several must not share the one that is set.
    if (EXECUTOR_ID && (this.#options.executors ?? 1) > 1) told.EXECUTOR_ID = `${EXECUTOR_ID}-${name}`;
    return { ...this.#service('executor', addresses, told), readiness: { url: health.url } };
  }

  /** How long an executor may take to stop: its drain timeout, and time to disconnect. */
  executorStopTimeoutMs(): number {
    return Number(this.#environment.DRAIN_TIMEOUT_MS || 15_000) + 15_000;
  }

  mcp(addresses: Addresses): ChildOptions {
    const port = this.#ports.mcp;
    const told = { MCP_PORT: String(port), MCP_AUTH: mcpAuth(this.#environment) };
    const readiness = { url: new URL('/health/ready', mcpUrl(this.#environment, port)).href };
    return { ...this.#service('mcp', addresses, told), readiness };
  }

  #service(name: Script, { databaseUrl, kafkaBrokers }: Addresses, told: Environment) {
    const workspaces = join(resolve(this.#options.dataDir), 'workspaces');
    return this.#command(name, {
      DATABASE_URL: databaseUrl,
      KAFKA_BROKERS: kafkaBrokers,
      WORKSPACE_DIR: workspaces,
      ...this.#options.env,
      ...told,
    });
  }

  #command(name: Script, told: Environment): Omit<ChildOptions, 'readiness'> {
    const env: Environment = { ...runtimeSettings(), ...this.#environment, ...told };
    if (name !== 'executor') for (const variable of forExecutorsAlone) delete env[variable];
    const script = this.#options.scripts?.[name] ?? join(repositoryRoot, scripts[name]);
    return { script, env, cwd: repositoryRoot };
  }
}
