import { watchForSilence } from './silence.ts';

/**
 * The data of a stream of Server-Sent Events, an event at a time; comments, which keep connections alive, are
 * skipped. A stream that falls silent ends.
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
  const silence = watchForSilence(end);
  try {
    while (true) {
      const { done, value } = await reader.read();
      if (done) return;
      silence.heard();
      yield value;
    }
  } finally {
    silence.stop();
    end();
  }
}
