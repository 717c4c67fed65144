import { fileURLToPath } from 'node:url';
import { freePort } from '@millrace/devstack';
import { type Timed, timed } from '../timed.ts';
import { eventually, within } from '../waiting.ts';

/** A process that starts among many others on few processors takes many times longer than alone. */
const START_TIMEOUT_MS = 30_000;
export const MCP_MAIN = fileURLToPath(import.meta.resolve('@millrace/mcp'));

export interface McpHttpProcess extends AsyncDisposable {
  readonly url: URL;
  readonly origin: string;
  /** Sends SIGTERM; resolves with the exit code and how long it took. */
  stop(): Promise<Timed<number>>;
  /** As in a crash. */
  kill(): void;
}

/**
 * The service as operators start it, over HTTP on a free port unless MCP_PORT names one; resolves once it answers, which may be
 * before Postgres does.
 */
export async function spawnMcpOverHttp(
  env: Record<string, string>,
  main = MCP_MAIN,
): Promise<McpHttpProcess> {
  const port = env.MCP_PORT ?? String(await freePort());
  const child = Bun.spawn([process.execPath, main], {
    env: { ...process.env, LOG_LEVEL: 'error', MCP_AUTH: 'off', ...env, MCP_PORT: port },
    stdio: ['ignore', 'inherit', 'inherit'],
  });
  const origin = `http://127.0.0.1:${port}`;
  const stop = async () => {
    child.kill('SIGTERM');
    return timed(() => within('mcp ends on SIGTERM', 10_000, child.exited));
  };
  const mcp = {
    url: new URL('/mcp', origin),
    origin,
    stop,
    kill: () => child.kill('SIGKILL'),
    async [Symbol.asyncDispose]() {
      await stop();
    },
  };
  await orStop(mcp, 'mcp answers', async () => {
    if (child.exitCode !== null) throw new Error(`mcp ended with ${child.exitCode}`);
    return (await fetch(`${origin}/health`)).ok;
  });
  return mcp;
}

/** The same, once it is ready. */
export async function startMcpOverHttp(
  env: Record<string, string>,
  main = MCP_MAIN,
): Promise<McpHttpProcess> {
  const mcp = await spawnMcpOverHttp(env, main);
  await orStop(mcp, 'mcp is ready', async () => (await fetch(`${mcp.origin}/health/ready`)).ok);
  return mcp;
}

async function orStop(mcp: McpHttpProcess, what: string, probe: () => Promise<boolean>): Promise<void> {
  try {
    await eventually(what, probe, { timeoutMs: START_TIMEOUT_MS });
  } catch (error) {
    await mcp.stop();
    throw error;
  }
}

export function spawnMcpOverStdio(databaseUrl: string, env: Record<string, string> = {}) {
  return Bun.spawn([process.execPath, MCP_MAIN, '--stdio'], {
    env: { ...process.env, DATABASE_URL: databaseUrl, ...env },
    stdio: ['pipe', 'pipe', 'pipe'],
  });
}
