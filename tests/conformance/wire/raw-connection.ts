import { connect, type Socket } from 'node:net';
import { within } from '../../waiting.ts';

const TIMEOUT_MS = 5_000;
const LENGTH_BYTES = 4;

/** A TCP connection that sends any bytes, well-formed or not, and splits the replies into frames. */
export class RawConnection {
  /** Resolves when the broker has closed the connection. */
  readonly closed: Promise<void>;
  readonly #socket: Socket;
  readonly #frames: Buffer[] = [];
  readonly #waiting: ((frame: Buffer) => void)[] = [];
  #rest: Buffer = Buffer.alloc(0);

  private constructor(socket: Socket) {
    this.#socket = socket;
    socket.setNoDelay(true);
    socket.on('data', (bytes: Buffer) => this.#receive(bytes));
    // A broker may close with a reset; `closed` reports it.
    socket.on('error', () => undefined);
    this.closed = new Promise((resolve) => {
      socket.once('end', () => resolve());
      socket.once('close', () => resolve());
    });
  }

  static async open(bootstrap: string): Promise<RawConnection> {
    const [host = '', port] = bootstrap.split(':');
    const socket = connect({ host, port: Number(port), allowHalfOpen: true });
    await within(
      `connecting to ${bootstrap}`,
      TIMEOUT_MS,
      new Promise<void>((resolve, reject) => {
        socket.once('connect', () => resolve());
        socket.once('error', reject);
      }),
    );
    return new RawConnection(socket);
  }

  send(bytes: Buffer): void {
    this.#socket.write(bytes);
  }

  /** The next whole frame, without its length prefix. */
  frame(timeoutMs = TIMEOUT_MS): Promise<Buffer> {
    const ready = this.#frames.shift();
    if (ready) {
      return Promise.resolve(ready);
    }
    const { promise, resolve } = Promise.withResolvers<Buffer>();
    this.#waiting.push(resolve);
    return within('a response frame arrives', timeoutMs, promise);
  }

  /** Waits for the broker to close; returns how many bytes it sent before. */
  async closedAfter(): Promise<number> {
    await within('the broker closes the connection', TIMEOUT_MS, this.closed);
    return this.#frames.reduce((sum, frame) => sum + LENGTH_BYTES + frame.length, this.#rest.length);
  }

  /** Half-closes: sends nothing more, and still reads the broker's answers. */
  halfClose(): void {
    this.#socket.end();
  }

  /** Ends with a TCP reset, as a killed process with unread data does. */
  reset(): void {
    this.#socket.resetAndDestroy();
  }

  destroy(): void {
    this.#socket.destroy();
  }

  #receive(bytes: Buffer): void {
    this.#rest = Buffer.concat([this.#rest, bytes]);
    while (this.#rest.length >= LENGTH_BYTES) {
      const end = LENGTH_BYTES + this.#rest.readInt32BE(0);
      if (this.#rest.length < end) {
        return;
      }
      const frame = Buffer.from(this.#rest.subarray(LENGTH_BYTES, end));
      this.#rest = this.#rest.subarray(end);
      const waiting = this.#waiting.shift();
      if (waiting) {
        waiting(frame);
      } else {
        this.#frames.push(frame);
      }
    }
  }
}
