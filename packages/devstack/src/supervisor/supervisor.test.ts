import { afterEach, describe, expect, setDefaultTimeout, test } from 'bun:test';
import { join } from 'node:path';
import { freePort } from '../ports/free-port.ts';
import { identify, isAlive, waitForDeath } from '../process/identity.ts';
import { StackError } from '../stack-error.ts';
import { backoffMs, defaultBackoff } from './backoff.ts';
import type { Instance } from './instance.ts';
import { launchChild } from './launch-child.ts';
import type { Readiness } from './readiness.ts';
import { Supervisor, type SupervisorOptions } from './supervisor.ts';

// Starting processes takes time on a busy machine.
setDefaultTimeout(60_000);

const script = join(import.meta.dir, 'test-child.ts');
const supervisors: Supervisor[] = [];
afterEach(async () => {
  await Promise.all(supervisors.splice(0).map((supervisor) => supervisor.stop()));
});

type Setup = Partial<SupervisorOptions> & { behaviour?: string; readiness?: Readiness; port?: number };

function supervise({ behaviour = '', readiness = { line: /listening/ }, port = 0, ...options }: Setup = {}) {
  const messages: string[] = [];
  const lines: string[] = [];
  const env = { ...process.env, BEHAVIOUR: behaviour, ...(port > 0 && { HEALTH_PORT: String(port) }) };
  const supervisor = new Supervisor({
    name: 'child',
    launch: launchChild({ script, env, cwd: import.meta.dir, readiness }),
    onLine: (line) => lines.push(line),
    onMessage: (message) => messages.push(message),
    backoff: { initialMs: 20, maxMs: 100, healthyAfterMs: 60_000 },
    ...options,
  });
  supervisors.push(supervisor);
  return { supervisor, messages, lines };
}

/** An instance without a process. */
function life(ready = Promise.resolve()): Instance {
  const { promise: exited, resolve } = Promise.withResolvers<string>();
  return { pid: 1, ready, exited, stop: async () => resolve('was stopped'), kill: () => resolve('died') };
}

const never = new Promise<void>(() => {});

describe('a supervised child', () => {
  test('is started, becomes ready, and is stopped gracefully', async () => {
    const { supervisor, lines } = supervise();
    await supervisor.start();
    const { pid } = supervisor;
    expect(isAlive(pid ?? 0)).toBe(true);
    await supervisor.stop();
    await supervisor.stop();
    expect(isAlive(pid ?? 0)).toBe(false);
    expect(supervisor.pid).toBeNull();
    expect(lines.at(-1)).toBe('child asked to stop');
  });

  test('is ready when its URL answers 200', async () => {
    const port = await freePort();
    const url = `http://127.0.0.1:${port}/health/ready`;
    const { supervisor } = supervise({ port, readiness: { url } });
    await supervisor.start();
    expect((await fetch(url)).status).toBe(200);
  });

  test('that dies is restarted with backoff', async () => {
    const { supervisor, messages } = supervise();
    await supervisor.start();
    const pids = new Set([supervisor.pid]);
    for (let round = 0; round < 3; round++) {
      supervisor.kill('SIGKILL');
      await supervisor.ready();
      pids.add(supervisor.pid);
    }
    expect(pids.size).toBe(4);
    expect(messages).toEqual([
      'was killed by SIGKILL; restarting in 0.02 s',
      'was killed by SIGKILL (2 times in a row); restarting in 0.04 s',
      'was killed by SIGKILL (3 times in a row); restarting in 0.08 s',
    ]);
  });

  test('that keeps dying is reported with its last lines', async () => {
    const { supervisor, messages } = supervise({
      backoff: { initialMs: 1, maxMs: 1, healthyAfterMs: 60_000 },
    });
    await supervisor.start();
    for (let round = 0; round < 5; round++) {
      supervisor.kill('SIGKILL');
      await supervisor.ready();
    }
    expect(messages.at(-1)).toMatch(/^keeps dying\. Its last lines:\n {4}\d\d:\d\d:\d\d INFO {2}listening/);
  });

  test('is kept alive after the time limit of its start, too', async () => {
    let launches = 0;
    const relaunched = Promise.withResolvers<void>();
    const launch = async () => {
      if (++launches === 2) relaunched.resolve();
      return life();
    };
    const { supervisor } = supervise({ launch, startTimeoutMs: 20 });
    await supervisor.start();
    const slow = supervise({ launch: async () => life(never), startTimeoutMs: 40 });
    await expect(slow.supervisor.start()).rejects.toThrow('is not ready after 0.04 s');
    supervisor.kill('SIGKILL');
    await relaunched.promise;
  });

  test('is never given up once it was ready', async () => {
    const dead = { ...life(never), exited: Promise.resolve('died') };
    const launches = [
      () => life(),
      ...Array(4).fill(() => dead),
      () => ({ ...dead, refused: () => true }),
      () => {
        throw new StackError('The disk is full.');
      },
      () => life(),
    ];
    const backoff = { initialMs: 1, maxMs: 1, healthyAfterMs: 0 };
    const { supervisor, messages } = supervise({ launch: async () => launches.shift()!(), backoff });
    await supervisor.start();
    supervisor.kill('SIGKILL');
    await supervisor.ready();
    expect(launches).toEqual([]);
    // It ran long enough to count as healthy: the next failure is the first in a row.
    supervisor.kill('SIGKILL');
    launches.push(() => life());
    await supervisor.ready();
    expect(messages.at(-1)).toBe('died; restarting in 0.001 s');
  });

  test('can be stopped while it waits for its restart', async () => {
    const { supervisor } = supervise({ backoff: { initialMs: 60_000, maxMs: 60_000, healthyAfterMs: 0 } });
    await supervisor.start();
    supervisor.kill('SIGKILL');
    const ready = supervisor.ready();
    await supervisor.stop();
    await expect(ready).rejects.toThrow('child was stopped.');
    await supervisor.start();
    expect(supervisor.pid).not.toBeNull();
  });

  test('that ignores SIGTERM, or is suspended, is killed at the deadline', async () => {
    const { supervisor } = supervise({ behaviour: 'stubborn', stopTimeoutMs: 100 });
    await supervisor.start();
    const { pid } = supervisor;
    supervisor.kill('SIGSTOP');
    await supervisor.stop();
    expect(isAlive(pid ?? 0)).toBe(false);
  });

  test('that fails before it was ever ready is given up, with its last lines', async () => {
    const { supervisor } = supervise({ behaviour: 'crash' });
    await expect(supervisor.start()).rejects.toThrow(
      /^child exited with code 3, 3 times before it was ready\. Its last lines:\n[\s\S]*about to fail\n[\s\S]*the reason why/,
    );
    expect(supervisor.pid).toBeNull();
  });

  test('that refuses its configuration is given up at once, with its last lines', async () => {
    const { supervisor, messages } = supervise({ behaviour: 'refuse' });
    await expect(supervisor.start()).rejects.toThrow(
      /^child refuses its configuration\. Its last lines:\n[\s\S]*LEASE_MS/,
    );
    expect(messages).toEqual([]);
  });

  test('that never becomes ready is given up, with what its probe reports', async () => {
    const port = await freePort();
    const url = `http://127.0.0.1:${port}/health/ready`;
    const { supervisor } = supervise({
      port,
      readiness: { url },
      behaviour: 'never-ready',
      startTimeoutMs: 2_000,
    });
    await expect(supervisor.start()).rejects.toThrow(
      /^child is not ready after 2 s\. GET http:\S+ answered 503 \{"status":"unready",/,
    );
    expect(supervisor.pid).toBeNull();
  });

  test('is not ready just because another process answers at its URL', async () => {
    await using other = Bun.serve({ hostname: '127.0.0.1', port: 0, fetch: () => new Response('ready') });
    const url = `http://127.0.0.1:${other.port}/health/ready`;
    const { supervisor } = supervise({ readiness: { url }, startTimeoutMs: 2_000 });
    await expect(supervisor.start()).rejects.toThrow(
      /^child is not ready after 2 s\. GET http:\S+ is answered by another process/,
    );
  });

  test('ends when its parent is killed', async () => {
    const parent = Bun.spawn([process.execPath, '-e', orphanMaker()], {
      stdout: 'pipe',
      cwd: import.meta.dir,
    });
    const { value } = await parent.stdout.getReader().read();
    const child = identify(Number(new TextDecoder().decode(value)));
    expect(child).not.toBeNull();
    parent.kill('SIGKILL');
    await parent.exited;
    expect(await waitForDeath(child!, 5_000)).toBe(true);
  });
});

function orphanMaker(): string {
  return `import type { Instance } from './instance.ts';
import { launchChild } from './launch-child.ts';
    const launch = launchChild({ script: ${JSON.stringify(script)}, env: process.env, cwd: '.', readiness: { line: /listening/ } });
    const child = await launch(() => {});
    await child.ready;
    console.log(child.pid);
    setInterval(() => {});`;
}

test('delays double from half a second to ten seconds', () => {
  const pauses = [1, 2, 3, 4, 5, 6, 7, 100].map((failures) => backoffMs(defaultBackoff, failures));
  expect(pauses).toEqual([500, 1_000, 2_000, 4_000, 8_000, 10_000, 10_000, 10_000]);
});
