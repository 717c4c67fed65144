/** The server sends something as often, if only a comment. Node notices a dead network only after 300 seconds. */
const INTERVAL_MS = 15_000;
const SILENT_INTERVALS_MAX = 4;

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
  let silentIntervals = 0;
  // Not one long timer: after a sleep of the machine it would fire before the data that arrived meanwhile is read.
  const timer = setInterval(() => {
    if (++silentIntervals > SILENT_INTERVALS_MAX) end();
  }, INTERVAL_MS);
  try {
    while (true) {
      const { done, value } = await reader.read();
      if (done) return;
      silentIntervals = 0;
      yield value;
    }
  } finally {
    clearInterval(timer);
    end();
  }
}
