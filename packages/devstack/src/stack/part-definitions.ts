import { join, resolve } from 'node:path';
import type { ChildOptions } from '../supervisor/launch-child.ts';
import { gatewayAuth, mcpAuth } from './auth.ts';
import type { Health } from './health-ports.ts';
import { type PartName, partEnvironment, type StackOptions, type StackPorts } from './options.ts';
import { runtimeSettings } from './runtime-settings.ts';
import { gatewayUrl, mcpUrl } from './service-urls.ts';

/** This repository's root; the services run there. */
export const repositoryRoot = resolve(import.meta.dir, '../../../..');

type Definition = Omit<ChildOptions, 'onLine'>;
type Script = Exclude<PartName, 'postgres'>;

const scripts: Record<Script, string> = {
  broker: 'packages/broker/src/main.ts',
  gateway: 'services/gateway/src/main.ts',
  executor: 'services/executor/src/main.ts',
  mcp: 'services/mcp/src/main.ts',
};

/** Only executors call models, so nobody else gets the key. */
const forExecutorsAlone = ['OPENAI_API_KEY', 'OPENAI_BASE_URL'];

/** The addresses that all services get. */
export type Addresses = { databaseUrl: string; kafkaBrokers: string };

/** The command, environment and readiness of each part: the contract between the stack and the services. */
export class PartDefinitions {
  readonly #options: StackOptions;
  readonly #ports: StackPorts;

  constructor(options: StackOptions, ports: StackPorts) {
    this.#options = options;
    this.#ports = ports;
  }

  broker(): Definition {
    const { broker: port } = this.#ports;
    const dataDir = join(resolve(this.#options.dataDir), 'broker');
    return {
      ...this.#base('broker', {}),
      args: ['--host', '127.0.0.1', '--port', String(port), '--data-dir', dataDir],
      readiness: { line: /"msg":"listening"/ },
    };
  }

  gateway(addresses: Addresses): Definition {
    const { gateway: port } = this.#ports;
    const environment = partEnvironment(this.#options);
    const told = {
      ...this.#shared(addresses),
      GATEWAY_PORT: String(port),
      GATEWAY_AUTH: gatewayAuth(environment),
    };
    return {
      ...this.#base('gateway', told),
      readiness: { url: `${gatewayUrl(environment, port)}/health/ready` },
    };
  }

  executor(name: string, addresses: Addresses, health: Health): Definition {
    const told = {
      ...this.#shared(addresses),
      HEALTH_PORT: String(health.port),
      ...this.#executorId(name),
    };
    return {
      ...this.#base('executor', told),
      readiness: { url: health.url },
    };
  }

  /** An executor releases unknown claims under its own id, so several must not share the one that is set. */
  #executorId(name: string): { EXECUTOR_ID?: string } {
    const { executors = 1, environment = process.env } = this.#options;
    const { EXECUTOR_ID } = environment;
    return EXECUTOR_ID && executors > 1 ? { EXECUTOR_ID: `${EXECUTOR_ID}-${name}` } : {};
  }

  /** How long an executor may take to stop: its drain timeout, and time to disconnect. */
  executorStopTimeoutMs(): number {
    return Number(partEnvironment(this.#options).DRAIN_TIMEOUT_MS || 15_000) + 15_000;
  }

  mcp(addresses: Addresses): Definition {
    const { mcp: port } = this.#ports;
    const environment = partEnvironment(this.#options);
    const told = {
      ...this.#shared(addresses),
      MCP_PORT: String(port),
      MCP_AUTH: mcpAuth(environment),
    };
    return {
      ...this.#base('mcp', told),
      readiness: { url: new URL('/health/ready', mcpUrl(environment, port)).href },
    };
  }

  #shared({ databaseUrl, kafkaBrokers }: Addresses): Record<string, string> {
    return {
      DATABASE_URL: databaseUrl,
      KAFKA_BROKERS: kafkaBrokers,
      WORKSPACE_DIR: join(resolve(this.#options.dataDir), 'workspaces'),
    };
  }

  #base(name: Script, told: Record<string, string>): Pick<Definition, 'script' | 'env' | 'cwd'> {
    const { scripts: replaced, environment = process.env, env: changes } = this.#options;
    const env: Record<string, string | undefined> = {
      ...runtimeSettings(),
      ...environment,
      ...told,
      ...changes,
    };
    if (name !== 'executor') for (const variable of forExecutorsAlone) delete env[variable];
    return { script: replaced?.[name] ?? join(repositoryRoot, scripts[name]), env, cwd: repositoryRoot };
  }
}
