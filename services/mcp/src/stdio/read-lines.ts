import { STDIO_DEFAULT_MAX_BUFFER_SIZE } from '@modelcontextprotocol/server';

/**
 * The non-empty lines of a stream, as they come; the last one need not end in a line feed. Nothing else ends
 * a line: JSON strings may hold other separators unescaped.
 *
 * @throws Error on a line that is longer than the SDK's transports take
 */
export async function* readLines(input: AsyncIterable<Uint8Array>): AsyncGenerator<string> {
  const decoder = new TextDecoder();
  let rest: string[] = [];
  let length = 0;
  for await (const bytes of input) {
    const [first = '', ...others] = decoder.decode(bytes, { stream: true }).split('\n');
    rest.push(first);
    length += first.length;
    for (const other of others) {
      const line = rest.join('').trim();
      if (line) yield line;
      rest = [other];
      length = other.length;
    }
    if (length > STDIO_DEFAULT_MAX_BUFFER_SIZE) {
      throw new Error(`a line is longer than ${STDIO_DEFAULT_MAX_BUFFER_SIZE} characters`);
    }
  }
  const last = rest.join('').trim();
  if (last) yield last;
}
