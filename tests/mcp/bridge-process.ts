import { eventually } from '../waiting.ts';
import type { BundleLaunch } from './bundle-installation.ts';
import type { RawMessage } from './raw-client.ts';

/** A server over stdio, driven line by line; everything it prints must be valid protocol. */
export function startBridge({ command, args, env, cwd }: BundleLaunch) {
  const child = Bun.spawn([command, ...args], { cwd, env, stdio: ['pipe', 'pipe', 'pipe'] });
  const messages: RawMessage[] = [];
  const reading = (async () => {
    let rest = '';
    const decoder = new TextDecoder();
    for await (const bytes of child.stdout) {
      const lines = (rest + decoder.decode(bytes, { stream: true })).split('\n');
      rest = lines.pop()!;
      messages.push(...lines.map((line) => JSON.parse(line)));
    }
  })();
  const write = (text: string) => {
    child.stdin.write(text);
    child.stdin.flush();
  };
  const send = (message: object) => write(`${JSON.stringify(message)}\n`);
  return {
    child,
    messages,
    reading,
    write,
    send,
    /** Sends it, and resolves with the answer. */
    ask: (message: { id: number }) => {
      send(message);
      return eventually(`${message.id} is answered`, () => messages.find(({ id }) => id === message.id), {
        timeoutMs: 15_000,
      });
    },
    async [Symbol.asyncDispose]() {
      child.kill('SIGKILL');
      await child.exited;
    },
  };
}
let lastId = 10_000;

/** A request of the revisions before 2026-07-28. */
export const legacy = (method: string, params: object = {}) => ({
  jsonrpc: '2.0',
  id: ++lastId,
  method,
  params,
});
export const initialize = () =>
  legacy('initialize', {
    protocolVersion: '2025-11-25',
    capabilities: {},
    clientInfo: { name: 'lines', version: '1' },
  });
export const INITIALIZED = { jsonrpc: '2.0', method: 'notifications/initialized' };
export const listTasks = () => legacy('tools/call', { name: 'list_tasks', arguments: {} });
