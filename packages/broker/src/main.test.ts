import { expect, test } from 'bun:test';
import { existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { makeBatch } from './testing/batches.ts';
import { createTopic, produce } from './testing/requests.ts';
import { temporaryFolder } from './testing/temporary-folder.ts';
import { WireClient } from './testing/wire-client.ts';
import { ErrorCode } from './wire/error-codes.ts';

function start(...args: string[]) {
  return startBy([], ...args);
}

/** Starts a broker, through a launcher that runs the command it is given. */
function startBy(launcher: string[], ...args: string[]) {
  const command = [...launcher, process.execPath, join(import.meta.dir, 'main.ts'), ...args];
  return Bun.spawn(command, { stdin: 'ignore', stdout: 'pipe', stderr: 'pipe' });
}

/** Starts a broker on a free port and waits for its first line. */
async function startListening(dataDir: string, launcher: string[] = []) {
  const child = startBy(launcher, '--data-dir', dataDir, '--port', '0');
  const { value } = await child.stdout.getReader().read();
  const line = JSON.parse(new TextDecoder().decode(value).split('\n')[0]!);
  expect(line).toMatchObject({ level: 'info', msg: 'listening', host: '127.0.0.1' });
  return { child, port: line.port as number };
}

/** The exit code and the text on stderr. */
async function failure(...args: string[]) {
  const child = start(...args);
  const stderr = await new Response(child.stderr).text();
  return { code: await child.exited, lines: stderr.trim().split('\n') };
}

test('reports that it listens, and exits with 0 on SIGTERM and SIGINT', async () => {
  using folder = temporaryFolder();
  for (const signal of ['SIGTERM', 'SIGINT'] as const) {
    const { child, port } = await startListening(folder.path);
    const client = await WireClient.open(port);
    child.kill(signal);
    expect(await child.exited).toBe(0);
    await client.closed;
    expect(existsSync(join(folder.path, 'lock'))).toBe(false);
  }
});

test('refuses a port and a folder in use; after kill -9 both are free', async () => {
  using folder = temporaryFolder();
  const [mine, other] = [join(folder.path, 'mine'), join(folder.path, 'other')];
  const { child, port } = await startListening(mine);
  const sameFolder = await failure('--data-dir', mine, '--port', '0');
  expect(sameFolder).toEqual({ code: 1, lines: [expect.stringContaining(`pid ${child.pid}`)] });
  const samePort = await failure('--data-dir', other, '--port', String(port));
  expect(samePort).toEqual({ code: 1, lines: [expect.stringContaining(`127.0.0.1:${port} is taken`)] });
  child.kill('SIGKILL');
  await child.exited;
  const again = await startListening(mine);
  again.child.kill('SIGTERM');
  expect(await again.child.exited).toBe(0);
});

test('keeps running when nobody reads its log any more', async () => {
  using folder = temporaryFolder();
  const child = start('--data-dir', folder.path, '--port', '0');
  const reader = child.stdout.getReader();
  const { port } = JSON.parse(new TextDecoder().decode((await reader.read()).value));
  await reader.cancel();
  // Each of these is logged as a line.
  for (let i = 0; i < 3; i++) {
    const client = await WireClient.open(port);
    client.socket.write(Buffer.alloc(100, 0xff));
    await client.closed;
  }
  child.kill('SIGTERM');
  expect(await child.exited).toBe(0);
});

// Requires a shell to set the limit.
test.skipIf(process.platform === 'win32')(
  'where few files may be open, connections leave some free',
  async () => {
    using folder = temporaryFolder();
    const launcher = ['sh', '-c', 'ulimit -n 100 && exec "$@"', 'sh'];
    const { child, port } = await startListening(folder.path, launcher);
    const clients: WireClient[] = [];
    for (let i = 0; i < 50; i++) clients.push(await WireClient.open(port));
    // Later connections are reset, before or after the client knows it is connected.
    for (let i = 0; i < 70; i++) {
      await WireClient.open(port).then(
        ({ closed }) => closed,
        () => {},
      );
    }
    await createTopic(clients[0]!, 't');
    expect((await produce(clients[0]!, 't', makeBatch({ values: ['v'] }))).error).toBe(ErrorCode.NONE);
    child.kill('SIGTERM');
    expect(await child.exited).toBe(0);
  },
);

test('bad arguments and folders are named in one line', async () => {
  using folder = temporaryFolder();
  const file = join(folder.path, 'file');
  writeFileSync(file, '');
  mkdirSync(join(folder.path, 'data'));
  const cases = [
    [[], '--data-dir is required'],
    [['--data-dir', file], `--data-dir ${file} cannot be used`],
    [['--data-dir', folder.path, '--port', 'http'], '--port must be an integer from 0 to 65535, not "http"'],
    [['--data-dir', folder.path, '--port', '1.5'], '--port must be an integer'],
    [['--data-dir', folder.path, '--port', '65536'], '--port must be an integer'],
    [['--data-dir', folder.path, '--bogus'], '--bogus'],
  ] as const;
  for (const [args, message] of cases) {
    const { code, lines } = await failure(...args);
    expect(code).toBe(1);
    expect(lines[0]).toContain(message);
  }
});
