import type { Message } from './message.ts';

/** A message on a line of its own; `JSON.stringify` writes no line feeds. */
export function messageLine(message: Message): string {
  return `${JSON.stringify(message)}\n`;
}

/** The lines of a stream that are not empty, as they come. */
export async function* readLines(input: AsyncIterable<Uint8Array>): AsyncGenerator<string> {
  const decoder = new TextDecoder();
  let rest: string[] = [];
  for await (const bytes of input) {
    const [first = '', ...others] = decoder.decode(bytes, { stream: true }).split('\n');
    rest.push(first);
    for (const other of others) {
      const line = rest.join('').trim();
      if (line) yield line;
      rest = [other];
    }
  }
  const last = rest.join('').trim();
  if (last) yield last;
}
