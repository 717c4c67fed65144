export interface Answer {
  readonly status: number;
  readonly body: string;
}

/** The bytes of a request, encoded once and sent often. */
export function encodeRequest(method: string, path: string, body = ''): Buffer {
  const content = body && `content-type: application/json\r\ncontent-length: ${Buffer.byteLength(body)}\r\n`;
  return Buffer.from(`${method} ${path} HTTP/1.1\r\nhost: 127.0.0.1\r\n${content}\r\n${body}`);
}

/**
 * A hand-written keep-alive connection to this machine, because a full HTTP client would cost more than what it measures.
 * One request at a time; answers need a Content-Length.
 */
export class HttpConnection {
  #socket!: Awaited<ReturnType<typeof Bun.connect>>;
  #received = '';
  #waiting: { resolve(answer: Answer): void; reject(error: Error): void } | undefined;

  static async open(port: number): Promise<HttpConnection> {
    const connection = new HttpConnection();
    const fail = () => connection.#waiting?.reject(new Error('the connection was closed'));
    connection.#socket = await Bun.connect({
      hostname: '127.0.0.1',
      port,
      socket: { data: (_, chunk) => connection.#receive(chunk.toString('latin1')), close: fail, error: fail },
    });
    connection.#socket.setNoDelay(true);
    return connection;
  }

  send(request: Buffer): Promise<Answer> {
    return new Promise((resolve, reject) => {
      this.#waiting = { resolve, reject };
      if (this.#socket.write(request) !== request.length) reject(new Error('the request was cut off'));
    });
  }

  close(): void {
    this.#socket.end();
  }

  #receive(text: string): void {
    this.#received += text;
    const headEnd = this.#received.indexOf('\r\n\r\n');
    if (headEnd < 0) return;
    const length = /\r\ncontent-length: *(\d+)/i.exec(this.#received.slice(0, headEnd + 2))?.[1];
    const body = this.#received.slice(headEnd + 4);
    if (length === undefined) this.#waiting?.reject(new Error('an answer without Content-Length'));
    if (body.length < Number(length)) return;
    const status = Number(this.#received.slice(9, 12));
    this.#received = '';
    this.#waiting?.resolve({ status, body: Buffer.from(body, 'latin1').toString() });
  }
}
