import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { clientAddresses, freePort } from '@millrace/devstack';
import { onExit } from './on-exit.ts';

const MAIN = join(import.meta.dir, '../packages/devstack/src/main.ts');
const PORTS = ['GATEWAY_PORT', 'MCP_PORT', 'KAFKA_PORT', 'POSTGRES_PORT'] as const;

/** The platform as `bun run up` starts it, with its own data folder and free ports. */
export interface RunningPlatform {
  /** Of the supervisor; everything else descends from it. */
  readonly pid: number;
  readonly gatewayPort: number;
  readonly mcpPort: number;
  /** Of its embedded Postgres, which is as durable as any other. */
  readonly databaseUrl: string;
  stop(): Promise<void>;
}

export async function startPlatform({
  executors = 1,
  env = {},
}: {
  executors?: number;
  env?: Record<string, string>;
} = {}): Promise<RunningPlatform> {
  const dataDir = mkdtempSync(join(tmpdir(), 'millrace-bench-'));
  const ports = Object.fromEntries(
    await Promise.all(PORTS.map(async (name) => [name, await freePort()] as const)),
  ) as Record<(typeof PORTS)[number], number>;
  const numbers = Object.fromEntries(Object.entries(ports).map(([name, port]) => [name, String(port)]));
  const up = Bun.spawn([process.execPath, MAIN, '--data-dir', dataDir, '--executors', String(executors)], {
    env: { ...process.env, DATABASE_URL: undefined, KAFKA_BROKERS: undefined, ...numbers, ...env },
    stdin: 'ignore',
    stdout: 'pipe',
    stderr: 'inherit',
    detached: true,
  });
  onExit(() => up.kill('SIGINT'));
  async function stop() {
    up.kill('SIGINT');
    await up.exited;
    rmSync(dataDir, { recursive: true, force: true });
  }
  try {
    await untilReady(up.stdout);
  } catch (error) {
    await stop();
    throw error;
  }
  return {
    pid: up.pid,
    gatewayPort: ports.GATEWAY_PORT,
    mcpPort: ports.MCP_PORT,
    databaseUrl: clientAddresses({}, dataDir).runningDatabaseUrl(),
    stop,
  };
}

async function untilReady(stream: ReadableStream<Uint8Array>): Promise<void> {
  let printed = '';
  const decoder = new TextDecoder();
  const reader = stream.getReader();
  for (;;) {
    const { value, done } = await reader.read();
    if (done) throw new Error(`the platform did not start:\n${printed}`);
    printed += decoder.decode(value, { stream: true });
    if (printed.includes('Millrace is ready')) break;
  }
  // Keep reading: with a full pipe it would drop lines, which is work too.
  void (async () => {
    while (!(await reader.read()).done);
  })();
}
