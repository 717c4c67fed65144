import { afterAll, afterEach, expect, setDefaultTimeout, test } from 'bun:test';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { LineSplitter } from '../log/line-splitter.ts';
import { freePort } from '../ports/free-port.ts';
import { startPostgres } from '../postgres/start-postgres.ts';
import { identify, isSameProcess, type ProcessIdentity, waitForDeath } from '../process/identity.ts';
import { readAnnounced } from '../stack/stack-lock.ts';

// Starting processes takes time on a busy machine.
setDefaultTimeout(60_000);

const folder = mkdtempSync(join(tmpdir(), 'millrace up '));
const dataDir = join(folder, 'data');
const started: Bun.Subprocess[] = [];
afterEach(async () => {
  // Whatever a failed test left running; kill() of an exited process does nothing.
  for (const child of started) child.kill('SIGTERM');
  await Promise.all(started.splice(0).map(({ exited }) => exited));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** `bun run up` as a user starts it: the real services on free ports, in the given terminal apart from the redirections. */
async function startUp(env: Record<string, string> = {}, terminal?: Bun.Terminal, redirections = '') {
  const names = ['GATEWAY_PORT', 'MCP_PORT', 'KAFKA_PORT', 'POSTGRES_PORT', 'HEALTH_PORT'];
  const ports = Object.fromEntries(
    await Promise.all(names.map(async (name) => [name, String(await freePort())])),
  );
  const child = Bun.spawn(
    [
      ...(redirections ? ['sh', '-c', `exec "$@" ${redirections}`, 'sh'] : []),
      process.execPath,
      join(import.meta.dir, '../main.ts'),
      '--data-dir',
      dataDir,
      '--executors',
      '1',
    ],
    {
      env: { ...process.env, DATABASE_URL: undefined, KAFKA_BROKERS: undefined, ...ports, ...env },
      stdin: 'ignore',
      stdout: 'pipe',
      stderr: 'pipe',
      ...(terminal && { terminal }),
    },
  );
  started.push(child);
  const lines: string[] = [];
  const waiting: { pattern: RegExp; found: (line: string) => void }[] = [];
  const splitter = new LineSplitter((line) => {
    lines.push(line);
    for (const { pattern, found } of waiting) if (pattern.test(line)) found(line);
  });
  const printed = (async () => {
    for await (const chunk of child.stdout ?? []) splitter.push(chunk);
    splitter.end();
  })();
  const line = (pattern: RegExp) =>
    Promise.race([
      new Promise<string>((found) => {
        const before = lines.find((each) => pattern.test(each));
        if (before === undefined) waiting.push({ pattern, found });
        else found(before);
      }),
      printed.then((): never => {
        throw new Error(`it never said ${pattern}:\n${lines.join('\n')}`);
      }),
    ]);
  return { child, lines, line, printed, ports, gatewayUrl: `http://127.0.0.1:${ports.GATEWAY_PORT}` };
}

/** The current processes of a supervisor. */
async function descendants(): Promise<ProcessIdentity[]> {
  const { children } = await Bun.file(join(dataDir, 'stack.json')).json();
  const postmaster = (await Bun.file(join(dataDir, 'postgres/postmaster.pid')).text()).split('\n')[0];
  const pids = [...children.map(({ pid }: { pid: number }) => pid), Number(postmaster)];
  return pids.map((pid) => identify(pid)).filter((found) => found !== null);
}

async function ended(url: string): Promise<{ status: string }> {
  for (;;) {
    const task = (await (await fetch(url)).json()) as { status: string };
    if (!['PENDING', 'RUNNING'].includes(task.status)) return task;
    await Bun.sleep(20);
  }
}

test('starts everything, does what its summary promises, restarts what dies, and leaves only the data behind', async () => {
  const first = await startUp();
  await first.line(/^Millrace is ready/);
  await first.line(/^ {2}Models +builtin, simulated, gpt-4=builtin \(the first is the default\)$/);
  const executors = await first.line(/^ {2}Executors /);
  const health = `127.0.0.1:${first.ports.HEALTH_PORT}`;
  expect(executors).toEndWith(` 1 process, health and metrics at ${health}`);
  expect(await (await fetch(`http://${health}/metrics`)).text()).toContain('millrace_executor_slots');
  const command = await first.line(/^ {4}curl /);
  const task = await Bun.spawn(['sh', '-c', command.trim()], { stdout: 'pipe' }).stdout.json();
  expect(await ended(`${first.gatewayUrl}/tasks/${task.id}`)).toMatchObject({
    status: 'COMPLETED',
    result: { output: '2' },
  });
  const asked = await fetch(`${first.gatewayUrl}/tasks`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ prompt: '计算 1+1', model: 'gpt-4', priority: 5 }),
  });
  expect(asked.status).toBe(202);
  expect(await ended(first.gatewayUrl + asked.headers.get('location'))).toMatchObject({
    model: 'gpt-4',
    status: 'COMPLETED',
    result: { output: '2' },
  });
  for (const page of ['/swagger', '/health/ready']) {
    expect((await fetch(first.gatewayUrl + page)).status).toBe(200);
  }

  const processes = await descendants();
  expect(processes).toHaveLength(5);
  // As after `nohup`: it has no terminal that could have been closed, and runs on.
  first.child.kill('SIGHUP');
  const { children } = await Bun.file(join(dataDir, 'stack.json')).json();
  process.kill(children.find(({ name }: { name: string }) => name === 'gateway').pid, 'SIGKILL');
  await first.line(/gateway .*restarting/);
  processes.push(...(await descendants()));
  first.child.kill('SIGINT');
  // `bun run` passes on the terminal's Ctrl-C: the same signal again, a moment later.
  first.child.kill('SIGINT');
  expect(await first.child.exited).toBe(0);
  expect(processes.filter(isSameProcess)).toEqual([]);
  expect(await Bun.file(join(dataDir, 'postgres/PG_VERSION')).exists()).toBe(true);
});

// On macOS a redirection cannot be told from `nohup`.
const redirections = { win32: [], darwin: [''] }[process.platform as string] ?? ['', '>/dev/null 2>&1'];
test.each(redirections)('stops in order when its terminal is closed %s', async (redirection) => {
  const terminal = new Bun.Terminal({ data() {} });
  const { child } = await startUp({}, terminal, redirection);
  while (child.exitCode === null && !readAnnounced(dataDir)?.gateway_url) await Bun.sleep(20);
  const processes = await descendants();
  expect(processes).toHaveLength(5);
  child.kill('SIGHUP');
  expect(await child.exited).toBe(0);
  terminal.close();
  expect(processes.filter(isSameProcess)).toEqual([]);
});

test('after a kill -9 its services end by themselves, and the next start is complete, with the data', async () => {
  const killed = await startUp();
  await killed.line(/^Millrace is ready/);
  // Not yet: an executor that has an outcome to write waits for Postgres to come back, as long as it may take to stop.
  const body = JSON.stringify({ prompt: 'calculate 1+1', delay_ms: 5_000 });
  const headers = { 'content-type': 'application/json' };
  const accepted = await fetch(`${killed.gatewayUrl}/tasks`, { method: 'POST', headers, body });
  const { id } = (await accepted.json()) as { id: string };
  const left = await descendants();
  killed.child.kill('SIGKILL');
  await killed.child.exited;
  expect(await Promise.all(left.map((each) => waitForDeath(each, 20_000)))).toEqual(left.map(() => true));

  const next = await startUp();
  await next.line(/^Millrace is ready/);
  expect(next.lines[0]).toContain('starting with the data in');
  expect(await ended(`${next.gatewayUrl}/tasks/${id}`)).toMatchObject({ status: 'COMPLETED' });
  next.child.kill('SIGTERM');
  expect(await next.child.exited).toBe(0);
});

// Elsewhere loopback is a single address.
test.skipIf(process.platform !== 'linux')('each service can listen on a single interface', async () => {
  const hosts = { GATEWAY_HOST: '127.0.0.2', MCP_HOST: '127.0.0.3', HEALTH_HOST: '127.0.0.4' };
  const { child, line, ports } = await startUp({ ...hosts, GATEWAY_AUTH: 'keys' });
  await line(/^Millrace is ready/);
  const gateway = `http://127.0.0.2:${ports.GATEWAY_PORT}`;
  const executor = `127.0.0.4:${ports.HEALTH_PORT}`;
  const mcp = `http://127.0.0.3:${ports.MCP_PORT}/mcp`;
  // The keys are in this folder's database.
  expect(await line(/^ {2}API /)).toContain(
    ` ${gateway} (\`bun run keys create --name me --data-dir '${dataDir}'\` `,
  );
  expect(await line(/^ {2}MCP /)).toContain(` ${mcp} `);
  expect(await line(/^ {2}Executors /)).toEndWith(` at ${executor}`);
  for (const url of [`${gateway}/health`, `http://${executor}/metrics`]) {
    expect((await fetch(url)).status).toBe(200);
  }
  const headers = { 'content-type': 'application/json', accept: 'application/json, text/event-stream' };
  const body = JSON.stringify({ jsonrpc: '2.0', id: 1, method: 'tools/list' });
  expect((await fetch(mcp, { method: 'POST', headers, body })).status).toBe(200);
  expect(await Bun.file(join(dataDir, 'stack.json')).json()).toMatchObject({
    gateway_url: gateway,
    mcp_url: mcp,
    health_urls: [`http://${executor}/health/ready`],
  });
  child.kill('SIGINT');
  expect(await child.exited).toBe(0);
});

test('no database is announced as created while a port is in use', async () => {
  const port = await freePort();
  using _other = Bun.listen({ hostname: '127.0.0.1', port, socket: { data() {} } });
  const refused = await startUp({ GATEWAY_PORT: String(port) });
  expect(await refused.child.exited).toBe(1);
  await refused.printed;
  const [first, second] = refused.lines.filter(Boolean);
  expect(first).toBe('Millrace could not start.');
  expect(second).toMatch(/^Port \d+ \(gateway\) is in use/);
});

test.each([
  [
    'builtin,gpt-4',
    '"gpt-4" is not a provider; write gpt-4=<provider> with one of builtin, simulated, openai',
  ],
  [
    'gpt=openai',
    'it has models of the provider openai; set OPENAI_API_KEY, or OPENAI_BASE_URL where another server is to be asked',
  ],
])('invalid models are named before anything starts: %s', async (MODELS, problem) => {
  const refused = await startUp({ MODELS, OPENAI_API_KEY: '', OPENAI_BASE_URL: '' });
  expect(await refused.child.exited).toBe(1);
  await refused.printed;
  expect(refused.lines.join('\n').trim()).toBe(
    `Millrace could not start.\nThe environment is not valid:\n  MODELS: ${problem}`,
  );
});

test('a refused configuration ends the start but not an adopted Postgres; the service is not restarted', async () => {
  await using postgres = await startPostgres({ dataDir: join(dataDir, 'postgres') });
  const found = { POSTGRES_PORT: String(postgres.port) };
  const refused = await startUp({ ...found, GATEWAY_HOST: '0.0.0.0', GATEWAY_AUTH: 'off' });
  expect(await refused.child.exited).toBe(1);
  await refused.printed;
  const text = refused.lines.join('\n');
  expect(text).toContain('gateway refuses its configuration. Its last lines:\n');
  expect(text).toMatch(/GATEWAY_AUTH: off opens every task to anyone who can reach 0\.0\.0\.0; set keys/);
  expect(text).not.toContain('restarting');
  // Long enough for one that was told to stop.
  expect(await Promise.race([postgres.exited, Bun.sleep(1_000).then(() => 'it runs')])).toBe('it runs');
});

test('errors that a user can put right are shown without a stack trace', async () => {
  const refused = await startUp({ GATEWAY_PORT: 'many', KAFKA_BROKERS: 'nowhere' });
  expect(await refused.child.exited).toBe(1);
  await refused.printed;
  const text = refused.lines.join('\n');
  expect(text).toContain('Millrace could not start.');
  expect(text).toMatch(/GATEWAY_PORT: .*\(a port; a whole number from 1 to 65535\)/);
  expect(text).toMatch(/KAFKA_BROKERS: .*host:port/);
  expect(text).not.toMatch(/\n\s+at /);
  expect(await refused.child.stderr.text()).toBe('');
});
