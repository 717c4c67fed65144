import { freePort } from '@millrace/devstack';
import { eventually } from '../waiting.ts';

const MAIN = Bun.resolveSync('@millrace/gateway', import.meta.dir);

/** The gateway as operators run it. */
export interface GatewayProcess extends AsyncDisposable {
  readonly url: string;
  readonly port: number;
  readonly pid: number;
  readonly exited: Promise<number>;
  signal(signal: NodeJS.Signals): void;
  submit(prompt: string, headers?: Record<string, string>): Promise<Response>;
  /** What it has logged so far. */
  log(): string;
}

/** Resolves as soon as it runs, which is before it serves. */
export async function spawnGateway(environment: Record<string, string>): Promise<GatewayProcess> {
  const port = Number(environment.GATEWAY_PORT ?? (await freePort()));
  const child = Bun.spawn([process.execPath, MAIN], {
    env: {
      PATH: process.env.PATH,
      KAFKA_BROKERS: '127.0.0.1:1',
      GATEWAY_AUTH: 'off',
      GATEWAY_PORT: String(port),
      ...environment,
    },
    stdin: 'ignore',
    stdout: 'pipe',
    stderr: 'pipe',
  });
  let output = '';
  const reading = [child.stdout, child.stderr].map(async (stream) => {
    const decoder = new TextDecoder();
    for await (const chunk of stream) output += decoder.decode(chunk, { stream: true });
  });
  const exited = child.exited.then(async (code) => {
    await Promise.all(reading);
    return code;
  });
  return {
    url: `http://127.0.0.1:${port}`,
    port,
    pid: child.pid,
    exited,
    signal: (signal) => child.kill(signal),
    submit: (prompt, headers) =>
      fetch(`http://127.0.0.1:${port}/tasks`, {
        method: 'POST',
        headers: { 'content-type': 'application/json', ...headers },
        body: JSON.stringify({ prompt }),
      }),
    log: () => output,
    async [Symbol.asyncDispose]() {
      child.kill('SIGKILL');
      await exited;
    },
  };
}

/** @throws with its log if it exits, or is not ready in time */
export async function startGateway(environment: Record<string, string>): Promise<GatewayProcess> {
  const gateway = await spawnGateway(environment);
  try {
    const ended = gateway.exited.then((code) => {
      throw new Error(`the gateway ended with ${code}`);
    });
    const ready = async () => (await fetch(`${gateway.url}/health/ready`)).ok;
    await Promise.race([eventually('the gateway is ready', ready, { timeoutMs: 30_000 }), ended]);
    return gateway;
  } catch (error) {
    await gateway[Symbol.asyncDispose]();
    throw new Error(`${(error as Error).message}; its log:\n${gateway.log()}`, { cause: error });
  }
}
