import { connect, type Socket } from 'node:net';
import { Reader } from '../wire/reader.ts';
import { Writer } from '../wire/writer.ts';

/** Speaks the protocol byte by byte, so that a test can say exactly what is sent. */
export class WireClient {
  readonly socket: Socket;
  readonly closed: Promise<void>;
  #chunks: Buffer[] = [];
  #received = 0;
  /** What the next response has at least; chunks are joined only once they suffice. */
  #wanted = 4;
  #waiting: (() => void)[] = [];
  #isClosed = false;
  #correlationId = 0;

  private constructor(socket: Socket) {
    this.socket = socket;
    socket.on('data', (chunk: Buffer) => {
      this.#chunks.push(chunk);
      this.#received += chunk.length;
      this.#wake();
    });
    socket.on('error', () => {});
    this.closed = new Promise((resolve) => {
      socket.on('close', () => {
        this.#isClosed = true;
        this.#wake();
        resolve();
      });
    });
  }

  static async open(port: number): Promise<WireClient> {
    const socket = connect(port, '127.0.0.1');
    const client = new WireClient(socket);
    await new Promise<void>((resolve, reject) => {
      socket.once('connect', resolve);
      socket.once('error', reject);
    });
    return client;
  }

  #wake(): void {
    for (const wake of this.#waiting.splice(0)) wake();
  }

  /** Sends a request; returns a reader of the response body, after the correlation id. */
  async call(apiKey: number, version: number, body: (writer: Writer) => void = () => {}): Promise<Reader> {
    const correlationId = this.send(apiKey, version, body);
    const reader = await this.receive();
    const answered = reader.int32();
    if (answered !== correlationId) throw new Error(`response ${answered} to request ${correlationId}`);
    return reader;
  }

  send(apiKey: number, version: number, body: (writer: Writer) => void = () => {}): number {
    const correlationId = ++this.#correlationId;
    this.socket.write(frame(apiKey, version, correlationId, body));
    return correlationId;
  }

  /** The next response; throws when the connection closes first. */
  async receive(): Promise<Reader> {
    for (;;) {
      if (this.#received >= this.#wanted) {
        const received = Buffer.concat(this.#chunks);
        const end = 4 + received.readInt32BE(0);
        const isWhole = received.length >= end;
        this.#chunks = [isWhole ? received.subarray(end) : received];
        this.#received = this.#chunks[0]!.length;
        this.#wanted = isWhole ? 4 : end;
        if (isWhole) return new Reader(received.subarray(4, end));
      }
      if (this.#isClosed) throw new Error('the connection was closed');
      await new Promise<void>((resolve) => this.#waiting.push(resolve));
    }
  }

  close(): void {
    this.socket.destroy();
  }
}

export function frame(
  apiKey: number,
  version: number,
  correlationId: number,
  body: (writer: Writer) => void,
): Buffer {
  const writer = new Writer();
  writer.int32(0);
  writer.int16(apiKey);
  writer.int16(version);
  writer.int32(correlationId);
  writer.nullableString('wire-client');
  body(writer);
  writer.int32At(0, writer.length - 4);
  return Buffer.from(writer.view());
}
