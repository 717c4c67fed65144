/** A bounded load of equal requests over keep-alive connections, written by hand: a full HTTP client would cost more than what it measures. */
export interface HttpLoad {
  readonly port: number;
  readonly method: string;
  readonly path: string;
  readonly body: string;
  readonly connections: number;
  readonly requests: number;
  /** Requests a second over all connections; left out, each connection sends its next one when it is answered. */
  readonly rate?: number;
}

export interface HttpLoadResult {
  readonly elapsedMs: number;
  /** Of each request, from its writing to the last byte of its answer. */
  readonly latenciesMs: number[];
  /** How many answers had each status. */
  readonly statuses: Map<number, number>;
  readonly bodies: string[];
}

interface Answer {
  readonly status: number;
  readonly body: string;
}

export async function runHttpLoad(load: HttpLoad): Promise<HttpLoadResult> {
  const { port, method, path, body, connections, requests, rate } = load;
  const request = Buffer.from(
    `${method} ${path} HTTP/1.1\r\nhost: 127.0.0.1:${port}\r\ncontent-type: application/json\r\ncontent-length: ${Buffer.byteLength(body)}\r\n\r\n${body}`,
  );
  const pool = await Promise.all(Array.from({ length: connections }, () => Connection.open(port)));
  const latenciesMs: number[] = [];
  const statuses = new Map<number, number>();
  const bodies: string[] = [];
  let sent = 0;
  const startedAt = performance.now();

  async function sendUntilDone(connection: Connection): Promise<void> {
    for (;;) {
      const index = sent++;
      if (index >= requests) return;
      if (rate !== undefined) await Bun.sleep(startedAt + (index * 1000) / rate - performance.now());
      const at = performance.now();
      const answer = await connection.send(request);
      latenciesMs.push(performance.now() - at);
      statuses.set(answer.status, (statuses.get(answer.status) ?? 0) + 1);
      bodies.push(answer.body);
    }
  }

  await Promise.all(pool.map(sendUntilDone));
  const elapsedMs = performance.now() - startedAt;
  for (const connection of pool) connection.close();
  return { elapsedMs, latenciesMs, statuses, bodies };
}

/** One request at a time; answers need a Content-Length. */
class Connection {
  #socket!: Awaited<ReturnType<typeof Bun.connect>>;
  #received = '';
  #waiting: { resolve(answer: Answer): void; reject(error: Error): void } | undefined;

  static async open(port: number): Promise<Connection> {
    const connection = new Connection();
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
