import { eventually } from '../waiting.ts';
import type { RawMessage } from './raw-client.ts';

/** Drives a server over stdio line by line; everything it prints must be valid protocol. */
export function driveByLines(child: Bun.Subprocess<'pipe', 'pipe', 'pipe'>) {
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
  const answerTo = ({ id: asked }: { id?: number }) =>
    eventually(`${asked} is answered`, () => messages.find(({ id }) => id === asked), { timeoutMs: 25_000 });
  return {
    child,
    messages,
    reading,
    write,
    send,
    answerTo,
    /** Sends it, and resolves with the answer. */
    ask(message: { id: number }) {
      send(message);
      return answerTo(message);
    },
    async [Symbol.asyncDispose]() {
      child.kill('SIGKILL');
      await child.exited;
    },
  };
}
