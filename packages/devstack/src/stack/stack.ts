import { mkdirSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { databaseUrl as withAuthority } from '@millrace/runtime';
import { launchPostgres } from '../postgres/launch-postgres.ts';
import { requireDatabase } from '../postgres/require-database.ts';
import { StackError } from '../stack-error.ts';
import type { Launch } from '../supervisor/instance.ts';
import { launchChild } from '../supervisor/launch-child.ts';
import { Supervisor } from '../supervisor/supervisor.ts';
import { HealthPorts } from './health-ports.ts';
import { allParts, type PartName, type StackOptions, type StackPorts } from './options.ts';
import { type Addresses, PartDefinitions } from './part-definitions.ts';
import { type Environment, gatewayAuth, gatewayUrl, mcpAuth, mcpUrl } from './service-addresses.ts';
import { StackLock } from './stack-lock.ts';
import { choosePorts } from './stack-ports.ts';

const services: readonly PartName[] = ['gateway', 'executor', 'mcp'];

/** Starts a whole Millrace and resolves once every part is ready; if that fails, stops what was started. */
export async function startStack(options: StackOptions): Promise<Stack> {
  const stack = new Stack(options);
  await stack.start();
  return stack;
}

/** Postgres, broker, gateway, executors and MCP, each in a supervised process. */
export class Stack {
  readonly #options: StackOptions;
  readonly #environment: Environment;
  readonly #wanted: ReadonlySet<PartName>;
  #lock: StackLock | undefined;
  #ports: StackPorts | undefined;
  #databaseUrl: string | undefined;
  #kafkaBrokers: string | undefined;
  #stopping: Promise<void> | undefined;
  #startFailed = false;

  /** By name, in the order of their start. */
  readonly #supervisors = new Map<string, Supervisor>();
  readonly executors: Supervisor[] = [];
  readonly #healthPorts: HealthPorts;

  constructor(options: StackOptions) {
    this.#options = options;
    this.#environment = { ...process.env, ...options.env };
    const wanted = new Set(options.parts ?? allParts);
    if (options.databaseUrl) wanted.delete('postgres');
    if (options.kafkaBrokers) wanted.delete('broker');
    this.#wanted = wanted;
    this.#databaseUrl = options.databaseUrl;
    this.#kafkaBrokers = options.kafkaBrokers;
    this.#healthPorts = new HealthPorts(
      this.#environment.HEALTH_HOST || '127.0.0.1',
      options.executorHealthPortMin,
    );
  }

  get postgres(): Supervisor {
    return present('postgres', this.#supervisors.get('postgres'));
  }
  get broker(): Supervisor {
    return present('broker', this.#supervisors.get('broker'));
  }
  get gateway(): Supervisor {
    return present('gateway', this.#supervisors.get('gateway'));
  }
  get mcp(): Supervisor {
    return present('mcp', this.#supervisors.get('mcp'));
  }
  get databaseUrl(): string {
    return present('postgres', this.#databaseUrl);
  }
  get kafkaBrokers(): string {
    return present('broker', this.#kafkaBrokers);
  }
  get gatewayUrl(): string {
    return gatewayUrl(this.#environment, present('gateway', this.#ports).gateway);
  }
  /** `off` if clients of the gateway need no API key. */
  get gatewayAuth(): string {
    present('gateway', this.#ports);
    return gatewayAuth(this.#environment);
  }
  /** `off` if MCP clients need none. */
  get mcpAuth(): string {
    present('mcp', this.#ports);
    return mcpAuth(this.#environment);
  }
  get mcpUrl(): string {
    return mcpUrl(this.#environment, present('mcp', this.#ports).mcp);
  }
  /** `GET /health/ready` of each executor, in order; changes if a restarted one finds its port taken. */
  get executorHealthUrls(): readonly string[] {
    return this.#healthPorts.urls;
  }

  /** What runs now, by name. */
  get processes(): { name: string; pid: number }[] {
    return [...this.#supervisors.values()].flatMap(({ name, pid }) => (pid === null ? [] : [{ name, pid }]));
  }

  async start(): Promise<void> {
    const dataDir = resolve(this.#options.dataDir);
    try {
      this.#lock = StackLock.acquire(dataDir);
      const left = await this.#lock.endLeftovers();
      if (left.length > 0) this.#say(`ended processes left by an earlier run: ${left.join(', ')}`);
      mkdirSync(join(dataDir, 'workspaces'), { recursive: true });
      this.#ports = await choosePorts(this.#options, this.#environment, this.#wanted);
      if (this.#options.databaseUrl) await requireDatabase(this.#reachable(this.#options.databaseUrl));
      this.#options.onBegin?.();
      await this.#startStores(this.#ports);
      await this.#startServices(this.#ports);
      this.#lock.announce({
        ...(this.#wanted.has('gateway') && { gateway_url: this.gatewayUrl }),
        ...(this.#wanted.has('mcp') && { mcp_url: this.mcpUrl, mcp_auth: this.mcpAuth }),
      });
    } catch (error) {
      this.#startFailed = this.#stopping === undefined;
      await this.stop();
      throw error;
    }
  }

  /** Stops in order: gateway and MCP, executors, broker, Postgres. Idempotent. */
  stop(): Promise<void> {
    this.#stopping ??= this.#stop();
    return this.#stopping;
  }

  /** Kills everything at once. The data stays intact: the next start recovers it. */
  killNow(): void {
    for (const part of this.#supervisors.values()) part.killForGood();
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.stop();
  }

  /** The given database as the services will reach it. */
  #reachable(url: string): string {
    const { DATABASE_CA_FILE } = this.#environment;
    return withAuthority({ DATABASE_URL: url, DATABASE_CA_FILE: DATABASE_CA_FILE || undefined });
  }

  async #startStores(ports: StackPorts): Promise<void> {
    const parts: Supervisor[] = [];
    if (this.#wanted.has('postgres')) {
      const options = {
        dataDir: join(resolve(this.#options.dataDir), 'postgres'),
        port: ports.postgres,
        settings: this.#options.postgresSettings ?? {},
      };
      const onUrl = (url: string) => {
        this.#databaseUrl = url;
      };
      // The process that started it may still need it.
      const leavesAdopted = () => this.#startFailed;
      parts.push(this.#supervise('postgres', launchPostgres(options, { onUrl, leavesAdopted })));
    }
    if (this.#wanted.has('broker')) {
      this.#kafkaBrokers = `127.0.0.1:${ports.broker}`;
      parts.push(this.#supervise('broker', launchChild(this.#define(ports).broker())));
    }
    await this.#begin(parts);
  }

  async #startServices(ports: StackPorts): Promise<void> {
    if (!services.some((name) => this.#wanted.has(name))) return;
    const define = this.#define(ports);
    const addresses: Addresses = { databaseUrl: this.databaseUrl, kafkaBrokers: this.kafkaBrokers };
    const parts: Supervisor[] = [];
    if (this.#wanted.has('gateway')) {
      parts.push(this.#supervise('gateway', launchChild(define.gateway(addresses))));
    }
    if (this.#wanted.has('mcp')) parts.push(this.#supervise('mcp', launchChild(define.mcp(addresses))));
    const executors = this.#wanted.has('executor') ? (this.#options.executors ?? 1) : 0;
    for (let index = 0; index < executors; index++) {
      const name = `executor-${index + 1}`;
      const launch: Launch = async (onLine) => {
        const before = this.executorHealthUrls[index];
        const health = await this.#healthPorts.choose(index);
        this.#note((lock) => lock.announce({ health_urls: this.executorHealthUrls }));
        if (before && before !== health.url) {
          this.#say(`${name} now serves health and metrics at ${new URL(health.url).host}`);
        }
        return launchChild(define.executor(name, addresses, health))(onLine);
      };
      this.executors.push(this.#supervise(name, launch, define.executorStopTimeoutMs()));
    }
    await this.#begin([...parts, ...this.executors]);
  }

  #define(ports: StackPorts): PartDefinitions {
    return new PartDefinitions(this.#options, this.#environment, ports);
  }

  #supervise(name: string, launch: Launch, stopTimeoutMs?: number): Supervisor {
    const { backoff, startTimeoutMs, onLine } = this.#options;
    const supervisor = new Supervisor({
      name,
      launch,
      backoff,
      startTimeoutMs,
      stopTimeoutMs,
      onLine: (line) => onLine?.(name, line),
      onMessage: (message) => this.#say(`${name} ${message}`),
      onLaunched: (pid) => {
        // A leftover Postgres is adopted, not ended.
        if (name !== 'postgres') this.#note((lock) => lock.recordChild(name, pid));
      },
    });
    this.#supervisors.set(name, supervisor);
    return supervisor;
  }

  async #begin(parts: readonly Supervisor[]): Promise<void> {
    if (this.#stopping) throw new StackError('Stopped while starting.');
    await Promise.all(parts.map((part) => part.start()));
  }

  async #stop(): Promise<void> {
    const stop = (name: PartName) => this.#supervisors.get(name)?.stop();
    await Promise.all([stop('gateway'), stop('mcp')]);
    await Promise.all(this.executors.map((executor) => executor.stop()));
    await stop('broker');
    await stop('postgres');
    this.#lock?.release();
  }

  /** Writes to stack.json, which the next start and other commands read. On a full disk the stack runs on without it. */
  #note(what: (lock: StackLock) => void): void {
    try {
      if (this.#lock) what(this.#lock);
    } catch (error) {
      this.#say(`stack.json cannot be written: ${(error as Error).message}`);
    }
  }

  #say(message: string): void {
    this.#options.onLine?.('millrace', message);
  }
}

function present<Value>(part: PartName, value: Value | undefined): Value {
  if (value === undefined)
    throw new StackError(`This stack has no ${part}.`, 'Name it in `parts`, or give its address.');
  return value;
}
