import { connect } from 'node:net';

export interface RawAnswer {
  readonly status: number;
  readonly body: string;
  /** By `performance.now()`. */
  readonly answeredAt: number;
}

export interface RawRequest {
  /** Rejects if the connection closes without an answer. */
  readonly answer: Promise<RawAnswer>;
  /** Closes the connection, as a client that lost interest does. */
  abandon(): void;
}

/** A GET on its own connection: `fetch` would queue whatever exceeds 256 at once. */
export function rawGet(port: number, path: string, host = 'localhost'): RawRequest {
  const socket = connect({ host: '127.0.0.1', port });
  const { promise, resolve, reject } = Promise.withResolvers<RawAnswer>();
  let text = '';
  socket.setEncoding('utf8');
  socket.on('data', (chunk) => {
    text += chunk;
  });
  socket.on('error', reject);
  socket.on('close', () => {
    const [head = '', body = ''] = text.split('\r\n\r\n');
    const status = /^HTTP\/1\.1 (\d{3})/.exec(head)?.[1];
    if (status === undefined) reject(new Error('closed without an answer'));
    else resolve({ status: Number(status), body, answeredAt: performance.now() });
  });
  socket.write(`GET ${path} HTTP/1.1\r\nHost: ${host}\r\nConnection: close\r\n\r\n`);
  return { answer: promise, abandon: () => socket.destroy() };
}
