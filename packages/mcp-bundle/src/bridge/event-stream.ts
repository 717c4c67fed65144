/** The server sends something every 15 seconds, if only a comment. Node notices a dead network only after 300. */
const SILENCE_MS_MAX = 60_000;

/**
 * The data of a stream of Server-Sent Events, an event at a time; comments, which keep connections alive, are skipped. A stream that
 * falls silent ends.
 */
export async function* readEvents(body: ReadableStream<Uint8Array>): AsyncGenerator<string> {
  const decoder = new TextDecoder();
  let rest = '';
  let data: string[] = [];
  for await (const bytes of untilSilent(body)) {
    // A carriage return at the end may be half of a line's end.
    const lines = (rest + decoder.decode(bytes, { stream: true })).split(/\r\n|\n|\r(?!$)/);
    rest = lines.pop() ?? '';
    for (const line of lines) {
      if (line.startsWith('data:')) data.push(line.slice(line.startsWith('data: ') ? 6 : 5));
      if (line !== '' || data.length === 0) continue;
      yield data.join('\n');
      data = [];
    }
  }
}

async function* untilSilent(body: ReadableStream<Uint8Array>): AsyncGenerator<Uint8Array> {
  const reader = body.getReader();
  // A pending read gets the end of the stream.
  const end = () => void reader.cancel().catch(() => {});
  try {
    while (true) {
      const timer = setTimeout(end, SILENCE_MS_MAX);
      const { done, value } = await reader.read().finally(() => clearTimeout(timer));
      if (done) return;
      yield value;
    }
  } finally {
    end();
  }
}
