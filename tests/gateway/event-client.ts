import { connect, type Socket } from 'node:net';
import type { LiveEvent } from '@millrace/contracts';
import { eventually, within } from '../waiting.ts';

/** One event as it arrived. */
export type ReceivedEvent = LiveEvent & { readonly id: string };

export interface EventConnection {
  /** Rejects if the connection closes without an answer. */
  readonly answer: Promise<{ status: number; headers: Headers }>;
  /** What has arrived so far. */
  readonly events: readonly ReceivedEvent[];
  readonly comments: readonly string[];
  /** The body of an answer that is not a stream. */
  body(): string;
  /** The value of `retry:`. */
  retryMs(): number | null;
  /** Resolves when the connection is closed: whether the answer was complete. */
  readonly closed: Promise<boolean>;
  /** Stops and resumes reading; the system buffers what is sent meanwhile. */
  pause(): void;
  resume(): void;
  /** Closes the connection, as a failing network does. */
  cut(): void;
}

const DECODER = new TextDecoder('utf-8', { fatal: true });

/**
 * Watches a task on its own connection.
 *
 * @param onEvent called with each event as it arrives
 */
export function watchTask(
  port: number,
  taskId: string,
  lastEventId?: string,
  onEvent: (event: ReceivedEvent) => void = () => undefined,
): EventConnection {
  const socket = connect({ host: '127.0.0.1', port });
  const header = lastEventId === undefined ? '' : `Last-Event-ID: ${lastEventId}\r\n`;
  socket.write(
    `GET /tasks/${taskId}/events HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\nAccept: text/event-stream\r\n${header}\r\n`,
  );
  return readEvents(socket, onEvent);
}

export const hasEvents = ({ events }: EventConnection, count: number) =>
  eventually(`${count} events have come`, () => events.length >= count);

/** Resolves as `closed` does. */
export const ends = ({ closed }: EventConnection) => within('the stream ends', 5_000, closed);

function readEvents(socket: Socket, onEvent: (event: ReceivedEvent) => void): EventConnection {
  const events: ReceivedEvent[] = [];
  const comments: string[] = [];
  const answer = Promise.withResolvers<{ status: number; headers: Headers }>();
  const closed = Promise.withResolvers<boolean>();
  // A caller that does not ask for it should not fail because of it.
  answer.promise.catch(() => undefined);
  const chunks = new ChunkDecoder();
  let head: string | null = '';
  let text = '';
  let body = '';
  const fields = new Map<string, string>();
  let retryMs: number | null = null;

  function readText(): void {
    body = text;
    const lines = text.split('\n');
    text = lines.pop() ?? '';
    for (const line of lines) readLine(line);
  }
  function readLine(line: string): void {
    const at = line.indexOf(':');
    const value = line.slice(at + 1).trimStart();
    if (line === '') readEvent();
    else if (at === 0) comments.push(value);
    else if (line.startsWith('retry:')) retryMs = Number(value);
    else fields.set(line.slice(0, at), value);
  }
  function readEvent(): void {
    const data = fields.get('data');
    if (data === undefined)
      throw new Error('a blank line ends no event, and some clients would take it for one');
    const received = { id: fields.get('id'), type: fields.get('event'), data: JSON.parse(data) };
    fields.clear();
    const event = received as ReceivedEvent;
    events.push(event);
    onEvent(event);
  }

  socket.on('data', (bytes: Buffer) => {
    if (head !== null) {
      head += bytes.toString('latin1');
      const end = head.indexOf('\r\n\r\n');
      if (end < 0) return;
      bytes = Buffer.from(head.slice(end + 4), 'latin1');
      const [status = '', ...lines] = head.slice(0, end).split('\r\n');
      const headers = new Headers(lines.map((line) => line.split(': ', 2) as [string, string]));
      const code = Number(status.split(' ')[1]);
      chunks.expectLength(code === 204 ? '0' : headers.get('content-length'));
      answer.resolve({ status: code, headers });
      head = null;
    }
    const decoded = chunks.take(bytes);
    if (decoded.length > 0) {
      text += DECODER.decode(decoded, { stream: true });
      readText();
    }
  });
  socket.on('error', () => undefined);
  socket.on('close', () => {
    answer.reject(new Error('closed without an answer'));
    closed.resolve(chunks.whole);
  });
  return {
    answer: answer.promise,
    events,
    comments,
    body: () => body,
    retryMs: () => retryMs,
    closed: closed.promise,
    pause: () => void socket.pause(),
    resume: () => void socket.resume(),
    cut: () => void socket.destroy(),
  };
}

/** Decodes `Transfer-Encoding: chunked`; with a Content-Length the body is as it is. */
class ChunkDecoder {
  whole = false;
  #rest = Buffer.alloc(0);
  #length: number | null = null;

  expectLength(length: string | null): void {
    this.#length = length === null ? null : Number(length);
    this.whole = this.#length === 0;
  }

  take(bytes: Buffer): Buffer {
    this.#rest = Buffer.concat([this.#rest, bytes]);
    if (this.#length !== null) {
      this.whole = this.#rest.length >= this.#length;
      return this.whole ? this.#rest : Buffer.alloc(0);
    }
    const pieces: Buffer[] = [];
    for (;;) {
      const lineEnd = this.#rest.indexOf('\r\n');
      if (lineEnd < 0) break;
      const size = Number.parseInt(this.#rest.subarray(0, lineEnd).toString('latin1'), 16);
      if (this.#rest.length < lineEnd + 2 + size + 2) break;
      pieces.push(this.#rest.subarray(lineEnd + 2, lineEnd + 2 + size));
      this.#rest = this.#rest.subarray(lineEnd + 2 + size + 2);
      if (size === 0) this.whole = true;
    }
    return Buffer.concat(pieces);
  }
}
