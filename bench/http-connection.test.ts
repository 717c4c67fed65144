import { afterAll, expect, test } from 'bun:test';
import { encodeRequest, HttpConnection } from './http-connection.ts';

/** Answers each request with the next pieces, written one after another. */
const answers: string[][] = [];
const server = Bun.listen({
  hostname: '127.0.0.1',
  port: 0,
  socket: {
    async data(socket) {
      const pieces = answers.shift();
      if (!pieces) socket.end();
      for (const piece of pieces ?? []) {
        socket.write(Buffer.from(piece, 'latin1'));
        socket.flush();
        // So that they arrive separately.
        await Bun.sleep(1);
      }
    },
  },
});
afterAll(() => server.stop(true));

const request = encodeRequest('POST', '/tasks', '{"prompt":"计算"}');
const latin1 = (text: string) => Buffer.from(text).toString('latin1');

test('a request states its length in bytes', () => {
  expect(request.toString()).toContain('\r\ncontent-length: 19\r\n');
  expect(encodeRequest('GET', '/tasks/1').toString()).toBe(
    'GET /tasks/1 HTTP/1.1\r\nhost: 127.0.0.1\r\n\r\n',
  );
});

test('answers are complete wherever they are split, and one connection carries many', async () => {
  const body = latin1('{"output":"二"}');
  const whole = `HTTP/1.1 202 Accepted\r\nContent-Length: ${body.length}\r\n\r\n${body}`;
  const connection = await HttpConnection.open(server.port);
  for (let cut = 0; cut <= whole.length; cut++) {
    answers.push([whole.slice(0, cut), whole.slice(cut)].filter(Boolean));
    expect(await connection.send(request)).toEqual({ status: 202, body: '{"output":"二"}' });
  }
  connection.close();
});

test('a response that cannot be parsed, or never arrives, is an error', async () => {
  answers.push(['HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n']);
  const connection = await HttpConnection.open(server.port);
  await expect(connection.send(request)).rejects.toThrow('without Content-Length');
  const another = await HttpConnection.open(server.port);
  await expect(another.send(request)).rejects.toThrow('closed');
});
