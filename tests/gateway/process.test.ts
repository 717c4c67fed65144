import { describe, expect, setDefaultTimeout, test } from 'bun:test';
import { connect } from 'node:net';
import type { Task } from '@millrace/contracts';
import { getTask, UNRESTRICTED } from '@millrace/db';
import { lockTable } from '../open-transaction.ts';
import { shared } from '../shared.ts';
import { createTestDatabase } from '../test-database.ts';
import { eventually, within } from '../waiting.ts';
import { problemIn } from './gateway.ts';
import { spawnGateway, startGateway } from './gateway-process.ts';

// Every test starts processes, and the machine may be busy.
setDefaultTimeout(60_000);

const database = shared(createTestDatabase);

function post(url: string, body: ConstructorParameters<typeof Response>[0], headers = {}) {
  return fetch(`${url}/tasks`, {
    method: 'POST',
    body,
    headers: { 'content-type': 'application/json', ...headers },
  });
}
const BODY = JSON.stringify({ prompt: 'calculate 1+1' });

test('SIGTERM: accepted requests are answered, new ones refused, and it exits with 0', async () => {
  // The requests of startGateway leave an idle connection behind, which must not delay the exit.
  await using gateway = await startGateway({ DATABASE_URL: database.url });
  await using locked = await lockTable(database.db, 'tasks');
  const accepted = post(gateway.url, BODY);
  await eventually('the insert waits for the lock', async () => {
    const waiting = await database.db.sql`
      select 1 from pg_stat_activity where application_name = 'millrace-gateway' and wait_event_type = 'Lock'`;
    return waiting.length > 0;
  });

  gateway.signal('SIGTERM');
  await eventually('new connections are refused', () =>
    fetch(`${gateway.url}/health`, { headers: { connection: 'close' } }).then(
      () => false,
      () => true,
    ),
  );
  await locked[Symbol.asyncDispose]();
  const response = await within('the accepted request is answered', 5000, accepted);
  expect(response.status).toBe(202);
  const { id } = (await response.json()) as Task;
  expect(await getTask(database.db, UNRESTRICTED, id)).toMatchObject({ status: 'PENDING' });
  expect(await within('the gateway ends', 10_000, gateway.exited)).toBe(0);
  const lines = gateway.log().split('\n').filter(Boolean);
  const odd = lines.filter((line) => !/^\{"level":"(info|warn)"/.test(line));
  expect(odd).toEqual([]);
});

describe('over the wire', () => {
  const narrow = shared(() => startGateway({ DATABASE_URL: database.url, BODY_LIMIT_BYTES: '2048' }));
  const gateway = shared(() => startGateway({ DATABASE_URL: database.url, MODELS: 'm=openai' }));

  test('oversized bodies get a problem, with or without Content-Length', async () => {
    const large = new Uint8Array(20_000_000);
    const chunks = new ReadableStream({
      pull(controller) {
        controller.enqueue(new Uint8Array(64 * 1024));
      },
    });
    expect(await problemIn(await post(narrow.url, large))).toMatchObject({
      status: 413,
      code: 'body_too_large',
    });
    expect(await problemIn(await post(narrow.url, chunks))).toMatchObject({
      status: 413,
      code: 'body_too_large',
    });
    expect((await post(narrow.url, BODY)).status).toBe(202);
  });

  test('the rest of an oversized body is not read', async () => {
    const socket = connect(narrow.port, '127.0.0.1').on('error', () => undefined);
    const closed = new Promise((resolve) => socket.once('close', resolve));
    socket.write('POST /tasks HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n');
    socket.write(`Content-Length: ${2 ** 40}\r\n\r\n`);
    const send = () => void socket.write(new Uint8Array(64 * 1024));
    socket.on('drain', send).on('connect', send).resume();
    await within('the connection is closed', 5_000, closed);
  });

  test('the longest prompt, system and metadata fit, however they are escaped', async () => {
    const task = {
      prompt: '计'.repeat(100_000),
      system: '算'.repeat(100_000),
      metadata: Object.fromEntries(
        Array.from({ length: 16 }, (_, i) => [`${i}`.padEnd(64, '_'), '🎡'.repeat(256)]),
      ),
    };
    // As Python writes it by default.
    const escaped = JSON.stringify(task).replace(
      /[^ -~]/g,
      (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`,
    );
    const response = await post(gateway.url, escaped);
    expect(response.status).toBe(202);
    expect(await response.json()).toMatchObject(task);
  });

  test('requests that are barely HTTP do not crash it', async () => {
    const oddities = [
      'nonsense\r\n\r\n',
      'POST /tasks HTTP/1.1\r\nHost: localhost\r\nContent-Length: -5\r\n\r\n',
      'POST /tasks HTTP/1.1\r\nHost: localhost\r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n',
      'POST /tasks HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nContent-Length: 100\r\n\r\n{"pro',
      `GET /tasks/${'x'.repeat(100_000)} HTTP/1.1\r\nHost: localhost\r\n\r\n`,
      'GET /tasks/\u0000 HTTP/1.1\r\nHost: localhost\r\n\r\n',
      'GET http://elsewhere/tasks HTTP/1.1\r\nHost: localhost\r\n\r\n',
      'OPTIONS * HTTP/1.1\r\nHost: localhost\r\n\r\n',
    ];
    for (const oddity of oddities) {
      const socket = connect(gateway.port, '127.0.0.1');
      let answer = '';
      socket.on('data', (data) => {
        answer += data;
      });
      // A reset is acceptable too.
      socket.on('error', () => undefined);
      const closed = new Promise((resolve) => socket.once('close', resolve));
      socket.end(oddity);
      await within(`an end to ${JSON.stringify(oddity.slice(0, 50))}`, 5000, closed);
      // 505, for an invalid HTTP version, comes from the server itself.
      expect(answer.slice(0, 12)).not.toMatch(/^HTTP\/1\.1 50[0-4]/);
    }
    expect((await post(gateway.url, BODY)).status).toBe(202);
    expect(gateway.log()).not.toContain('"level":"error"');
  });
});

describe('does not start', () => {
  async function failedStart(environment: Record<string, string>, exitCode: number): Promise<string> {
    await using gateway = await spawnGateway(environment);
    expect(await within('the gateway ends', 15_000, gateway.exited)).toBe(exitCode);
    return gateway.log();
  }

  test('with an invalid environment, and names every invalid variable', async () => {
    const environment = { GATEWAY_PORT: '70000', BODY_LIMIT_BYTES: 'many', DATABASE_URL: 'mysql://x' };
    const log = await failedStart(environment, 78);
    expect(log).toContain('GATEWAY_PORT');
    expect(log).toContain('BODY_LIMIT_BYTES');
    expect(log).toContain('DATABASE_URL');
    expect(await failedStart({ DATABASE_URL: database.url, MODELS: 'gpt-4' }, 78)).toContain(
      'is not a provider',
    );
  });
});
