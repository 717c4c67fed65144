import { freePort } from '@millrace/devstack';

/** A service as operators run it, with its health endpoint at `url`. */
export interface ServiceProcess extends AsyncDisposable {
  readonly url: string;
  readonly exited: Promise<number>;
  signal(signal: NodeJS.Signals): void;
  /** What it has logged so far. */
  log(): string;
  /** Its answer to the readiness check; undefined as long as it serves nothing. */
  readiness(): Promise<{ status: number; postgres: string | undefined } | undefined>;
}

const PORTS = { gateway: 'GATEWAY_PORT', executor: 'HEALTH_PORT', mcp: 'MCP_PORT' };

/** Resolves as soon as it runs, which is before it serves. */
export async function spawnService(
  name: keyof typeof PORTS,
  environment: Record<string, string>,
): Promise<ServiceProcess> {
  const port = await freePort();
  const child = Bun.spawn([process.execPath, Bun.resolveSync(`@millrace/${name}`, import.meta.dir)], {
    env: { PATH: process.env.PATH, [PORTS[name]]: String(port), ...environment },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let output = '';
  for (const stream of [child.stdout, child.stderr]) {
    void (async () => {
      const decoder = new TextDecoder();
      for await (const chunk of stream) output += decoder.decode(chunk, { stream: true });
    })();
  }
  const url = `http://127.0.0.1:${port}`;
  return {
    url,
    exited: child.exited,
    signal: (signal) => child.kill(signal),
    log: () => output,
    async readiness() {
      const answer = await fetch(`${url}/health/ready`).catch(() => undefined);
      if (!answer) return undefined;
      const { dependencies } = (await answer.json()) as {
        dependencies: { postgres: { detail?: string } };
      };
      return { status: answer.status, postgres: dependencies.postgres.detail };
    },
    async [Symbol.asyncDispose]() {
      child.kill('SIGKILL');
      await child.exited;
    },
  };
}
