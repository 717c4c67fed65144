import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Database, openDatabase } from '@millrace/db';
import { freePort, repositoryRoot } from '@millrace/devstack';
import { attempt, type CommandOptions, run } from './command.ts';

export interface Container {
  readonly ID: string;
  readonly Name: string;
  readonly Service: string;
  readonly State: string;
  readonly Health: string;
  readonly ExitCode: number;
}

export interface ProjectOptions {
  /** Compose files besides docker-compose.yml and compose.dev.yml, relative to the repository's root. */
  readonly files?: readonly (string | undefined)[];
  /** Lines of .env besides those of .env.example. */
  readonly env?: Readonly<Record<string, string>>;
}

const UP_TIMEOUT_MS = 300_000;

export function composeFile(path: string): string {
  return join(repositoryRoot, path);
}

/** The stack of docker-compose.yml under its own project name, with its own .env and published ports. */
export class ComposeProject implements AsyncDisposable {
  readonly name = `millrace-test-${process.pid}-${Math.random().toString(36).slice(2, 8)}`;
  readonly gatewayUrl: string;
  readonly mcpUrl: string;
  readonly #databaseUrl: string;
  readonly #command: readonly string[];
  readonly #folder: string;

  private constructor(folder: string, env: Record<string, string>, files: readonly string[]) {
    this.#folder = folder;
    this.gatewayUrl = `http://127.0.0.1:${env.GATEWAY_PORT}`;
    this.mcpUrl = `http://127.0.0.1:${env.MCP_PORT}/mcp`;
    this.#databaseUrl = `postgres://millrace:${env.POSTGRES_PASSWORD}@127.0.0.1:${env.POSTGRES_PORT}/millrace`;
    this.#command = [
      'docker',
      'compose',
      `--project-name=${this.name}`,
      `--env-file=${join(folder, '.env')}`,
      ...files.map((file) => `--file=${composeFile(file)}`),
    ];
  }

  static async create({ files = [], env = {} }: ProjectOptions = {}): Promise<ComposeProject> {
    const ports: Record<string, string> = {};
    for (const name of ['GATEWAY_PORT', 'MCP_PORT', 'POSTGRES_PORT', 'REDPANDA_PORT', 'CONSOLE_PORT']) {
      ports[name] = String(await freePort());
    }
    const folder = await mkdtemp(join(tmpdir(), 'millrace-compose-'));
    const example = await Bun.file(composeFile('.env.example')).text();
    const own = { ...ports, ...env };
    const lines = Object.entries(own).map(([name, value]) => `${name}=${value}`);
    await Bun.write(join(folder, '.env'), `${example}\n${lines.join('\n')}\n`);
    const [, password] = /^POSTGRES_PASSWORD=(.*)$/m.exec(example) ?? [];
    const all = ['docker-compose.yml', 'compose.dev.yml', ...files.filter((file) => file !== undefined)];
    return new ComposeProject(folder, { POSTGRES_PASSWORD: password!, ...own }, all);
  }

  /** `docker compose …` of this project. */
  compose(args: readonly string[], options?: CommandOptions): Promise<string> {
    return run([...this.#command, ...args], options);
  }

  /** Milliseconds from the command until everything is reported healthy. */
  async up(executors: number): Promise<number> {
    const started = performance.now();
    await this.compose(['up', '--build', '--detach', '--wait', '--scale', `executor=${executors}`], {
      timeoutMs: UP_TIMEOUT_MS,
    });
    return performance.now() - started;
  }

  /** Replaces the containers of gateway and executors, and sets the number of executors: an upgrade. */
  async replace(executors: number): Promise<void> {
    const services = [`executor=${executors}`, 'gateway', 'executor'];
    await this.compose(
      ['up', '--no-deps', '--force-recreate', '--detach', '--wait', '--scale', ...services],
      { timeoutMs: UP_TIMEOUT_MS },
    );
  }

  /** A key for reading and writing tasks, created the way an operator does. */
  async createKey(): Promise<string> {
    const create = ['create', '--name', 'compose-suite', '--scopes', 'tasks:read,tasks:write'];
    const printed = await this.compose(['--profile=tools', 'run', '--rm', '-T', 'keys', ...create]);
    return printed.split('\n')[0]!;
  }

  async scale(executors: number): Promise<void> {
    await this.compose(
      [
        'up',
        '--no-deps',
        '--no-recreate',
        '--detach',
        '--wait',
        '--scale',
        `executor=${executors}`,
        'executor',
      ],
      { timeoutMs: UP_TIMEOUT_MS },
    );
  }

  /** As the administrator, on the port that compose.dev.yml publishes. */
  openDatabase(maxConnections = 4): Database {
    return openDatabase({ url: this.#databaseUrl, maxConnections, applicationName: 'millrace-test' });
  }

  /** All containers, including exited ones. */
  async containers(service?: string): Promise<Container[]> {
    const lines = await this.compose(['ps', '--all', '--format=json', ...(service ? [service] : [])]);
    return lines
      .split('\n')
      .filter(Boolean)
      .map((line) => JSON.parse(line) as Container);
  }

  /** The services' output, without colours. */
  async logs(service: string): Promise<string> {
    return this.compose(['logs', '--no-color', '--no-log-prefix', service]);
  }

  /** Removes everything: containers, volumes, networks and the images built for this project. */
  async [Symbol.asyncDispose](): Promise<void> {
    const down = ['down', '--volumes', '--remove-orphans', '--rmi=local', '--timeout=5'];
    const { exitCode } = await attempt([...this.#command, '--profile=*', ...down], { timeoutMs: 120_000 });
    // Compose cannot clean up after a start that failed.
    if (exitCode !== 0) await removeLabelled(this.name);
    await rm(this.#folder, { recursive: true, force: true });
  }
}

async function removeLabelled(project: string): Promise<void> {
  const label = `--filter=label=com.docker.compose.project=${project}`;
  for (const [list, remove] of [
    [
      ['ps', '--all'],
      ['rm', '--force'],
    ],
    [
      ['volume', 'ls'],
      ['volume', 'rm'],
    ],
    [
      ['network', 'ls'],
      ['network', 'rm'],
    ],
  ] as const) {
    const ids = (await run(['docker', ...list, '--quiet', label])).split('\n').filter(Boolean);
    if (ids.length > 0) await attempt(['docker', ...remove, ...ids]);
  }
}
