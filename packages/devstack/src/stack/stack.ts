import { mkdirSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { databaseUrl as withAuthority } from '@millrace/runtime';
import { RecentLines } from '../log/recent-lines.ts';
import { launchPostgres } from '../postgres/launch-postgres.ts';
import { requireDatabase } from '../postgres/require-database.ts';
import type { Launch } from '../process/instance.ts';
import { StackError } from '../stack-error.ts';
import { type ChildOptions, launchChild } from '../supervisor/launch-child.ts';
import { Supervisor } from '../supervisor/supervisor.ts';
import { gatewayAuth, mcpAuth } from './auth.ts';
import { HealthPorts } from './health-ports.ts';
import { allParts, type PartName, partEnvironment, type StackOptions, type StackPorts } from './options.ts';
import { type Addresses, PartDefinitions } from './part-definitions.ts';
import { StackLock } from './stack-lock.ts';
import { choosePorts } from './stack-ports.ts';

/** Starts a whole Millrace and resolves once every part is ready; on failure whatever was started is stopped. */
export async function startStack(options: StackOptions): Promise<Stack> {
  const stack = new Stack(options);
  await stack.start();
  return stack;
}

/** Postgres, broker, gateway, executors and MCP, each a supervised process of its own. */
export class Stack {
  readonly #options: StackOptions;
  readonly #wanted: ReadonlySet<PartName>;
  #lock: StackLock | undefined;
  #ports: StackPorts | undefined;
  #databaseUrl: string | undefined;
  #kafkaBrokers: string | undefined;
  #stopping: Promise<void> | undefined;
  #startFailed = false;

  #postgres: Supervisor | undefined;
  #broker: Supervisor | undefined;
  #gateway: Supervisor | undefined;
  #mcp: Supervisor | undefined;
  readonly executors: Supervisor[] = [];
  readonly #healthPorts: HealthPorts;

  constructor(options: StackOptions) {
    this.#options = options;
    const wanted = new Set(options.parts ?? allParts);
    if (options.databaseUrl) wanted.delete('postgres');
    if (options.kafkaBrokers) wanted.delete('broker');
    this.#wanted = wanted;
    this.#databaseUrl = options.databaseUrl;
    this.#kafkaBrokers = options.kafkaBrokers;
    this.#healthPorts = new HealthPorts({
      lowest: options.executorHealthPortMin,
      host: partEnvironment(options).HEALTH_HOST || '127.0.0.1',
      onMoved: (index, port) =>
        this.#say('millrace', `executor-${index + 1} has its health and metrics at 127.0.0.1:${port} now`),
    });
  }

  get postgres(): Supervisor {
    return present('postgres', this.#postgres);
  }
  get broker(): Supervisor {
    return present('broker', this.#broker);
  }
  get gateway(): Supervisor {
    return present('gateway', this.#gateway);
  }
  get mcp(): Supervisor {
    return present('mcp', this.#mcp);
  }
  get databaseUrl(): string {
    return present('postgres', this.#databaseUrl);
  }
  get kafkaBrokers(): string {
    return present('broker', this.#kafkaBrokers);
  }
  get gatewayUrl(): string {
    return `http://127.0.0.1:${present('gateway', this.#ports).gateway}`;
  }
  /** `off` if clients of the gateway need no API key. */
  get gatewayAuth(): string {
    present('gateway', this.#ports);
    return gatewayAuth(partEnvironment(this.#options));
  }
  /** `off` if MCP clients need none. */
  get mcpAuth(): string {
    present('mcp', this.#ports);
    return mcpAuth(partEnvironment(this.#options));
  }
  get mcpUrl(): string {
    return `http://127.0.0.1:${present('mcp', this.#ports).mcp}/mcp`;
  }
  /** `GET /health/ready` of each executor, in their order; another after a restart if somebody has taken its port. */
  get executorHealthUrls(): readonly string[] {
    return this.#healthPorts.urls;
  }

  /** What runs now, by name. */
  get processes(): { name: string; pid: number }[] {
    return this.#supervisors().flatMap(({ name, pid }) => (pid === null ? [] : [{ name, pid }]));
  }

  async start(): Promise<void> {
    const dataDir = resolve(this.#options.dataDir);
    try {
      this.#lock = StackLock.acquire(dataDir);
      const left = await this.#lock.endLeftovers();
      if (left.length > 0) this.#say('millrace', `ended what an earlier run had left: ${left.join(', ')}`);
      mkdirSync(join(dataDir, 'workspaces'), { recursive: true });
      this.#ports = await choosePorts(this.#options, this.#wanted);
      if (this.#options.databaseUrl) await requireDatabase(this.#reachable(this.#options.databaseUrl));
      this.#options.onBegin?.();
      await this.#startStores(this.#ports);
      await this.#startServices(this.#ports);
      this.#lock.announce({
        ...(this.#gateway && { gateway_url: this.gatewayUrl }),
        ...(this.#mcp && { mcp_url: this.mcpUrl, mcp_auth: this.mcpAuth }),
      });
    } catch (error) {
      this.#startFailed = this.#stopping === undefined;
      await this.stop();
      throw error;
    }
  }

  /** Stops in order: those that take requests, those that work, then what they all stand on. Idempotent. */
  stop(): Promise<void> {
    this.#stopping ??= this.#stop();
    return this.#stopping;
  }

  /** Ends everything at once; the data stays sound, the next start repairs what was cut off. */
  killNow(): void {
    for (const part of this.#supervisors()) part.killForGood();
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.stop();
  }

  /** The given database as the services will reach it. */
  #reachable(url: string): string {
    const { DATABASE_CA_FILE } = partEnvironment(this.#options);
    return withAuthority({ DATABASE_URL: url, DATABASE_CA_FILE: DATABASE_CA_FILE || undefined });
  }

  async #startStores(ports: StackPorts): Promise<void> {
    const parts: Supervisor[] = [];
    if (this.#wanted.has('postgres')) {
      this.#postgres = this.#supervise('postgres', (line) =>
        launchPostgres(
          {
            dataDir: join(resolve(this.#options.dataDir), 'postgres'),
            port: ports.postgres,
            settings: this.#options.postgresSettings ?? {},
          },
          {
            line,
            url: (url) => {
              this.#databaseUrl = url;
            },
            // Whoever started it may be about to need it.
            leavesAdopted: () => this.#startFailed,
          },
        ),
      );
      parts.push(this.#postgres);
    }
    if (this.#wanted.has('broker')) {
      this.#kafkaBrokers = `127.0.0.1:${ports.broker}`;
      this.#broker = this.#superviseChild('broker', new PartDefinitions(this.#options, ports).broker());
      parts.push(this.#broker);
    }
    await this.#begin(parts);
  }

  async #startServices(ports: StackPorts): Promise<void> {
    const services = (['gateway', 'executor', 'mcp'] as const).filter((name) => this.#wanted.has(name));
    if (services.length === 0) return;
    const define = new PartDefinitions(this.#options, ports);
    const addresses: Addresses = { databaseUrl: this.databaseUrl, kafkaBrokers: this.kafkaBrokers };
    if (this.#wanted.has('gateway')) {
      this.#gateway = this.#superviseChild('gateway', define.gateway(addresses));
    }
    if (this.#wanted.has('mcp')) this.#mcp = this.#superviseChild('mcp', define.mcp(addresses));
    if (this.#wanted.has('executor')) {
      for (let index = 0; index < (this.#options.executors ?? 1); index++) {
        const launch = (onLine: (line: string) => void) => async () => {
          const port = await this.#healthPorts.choose(index);
          this.#lock?.announce({ health_urls: this.executorHealthUrls });
          return launchChild({ ...define.executor(addresses, port), onLine })();
        };
        this.executors.push(this.#supervise(`executor-${index + 1}`, launch, define.executorStopTimeoutMs()));
      }
    }
    const parts = [this.#gateway, ...this.executors, this.#mcp].filter((part) => part !== undefined);
    await this.#begin(parts);
  }

  async #begin(parts: Supervisor[]): Promise<void> {
    if (this.#stopping) throw new StackError('Stopped while it was starting.');
    await Promise.all(parts.map((part) => part.start()));
  }

  async #stop(): Promise<void> {
    await Promise.all([this.#gateway?.stop(), this.#mcp?.stop()]);
    await Promise.all(this.executors.map((executor) => executor.stop()));
    await this.#broker?.stop();
    await this.#postgres?.stop();
    this.#lock?.release();
  }

  #superviseChild(name: string, definition: Omit<ChildOptions, 'onLine'>): Supervisor {
    return this.#supervise(name, (onLine) => launchChild({ ...definition, onLine }));
  }

  #supervise(
    name: string,
    launch: (onLine: (line: string) => void) => Launch,
    stopTimeoutMs?: number,
  ): Supervisor {
    const recent = new RecentLines();
    const { backoff, startTimeoutMs } = this.#options;
    return new Supervisor({
      name,
      recent,
      launch: launch((line) => {
        recent.add(line);
        this.#say(name, line);
      }),
      notify: ({ message, pid }) => {
        // Postgres is not ended as a leftover but adopted.
        if (pid !== undefined && name !== 'postgres') this.#lock?.recordChild(name, pid);
        if (message !== undefined) this.#say('millrace', `${name} ${message}`);
      },
      ...(backoff && { backoff }),
      ...(startTimeoutMs && { startTimeoutMs }),
      ...(stopTimeoutMs && { stopTimeoutMs }),
    });
  }

  #supervisors(): Supervisor[] {
    const parts = [this.#gateway, this.#mcp, ...this.executors, this.#broker, this.#postgres];
    return parts.filter((part) => part !== undefined);
  }

  #say(source: string, line: string): void {
    this.#options.onLine?.(source, line);
  }
}

function present<Value>(part: PartName, value: Value | undefined): Value {
  if (value === undefined)
    throw new StackError(`This stack has no ${part}.`, 'Name it in `parts`, or give its address.');
  return value;
}
