import { expect, test } from 'bun:test';
import { join } from 'node:path';

/** What a service with this body logs, and its exit code; it gets `signals` one after another, each once it has logged "waiting". */
async function run(body: string, signals: readonly NodeJS.Signals[] = []) {
  const program = `
    import { ConfigurationError, runService } from ${JSON.stringify(join(import.meta.dir, 'index.ts'))};
    // The process stays until it is told to end.
    setInterval(() => {}, 1_000);
    await runService('test', async ({ logger, onStop, allowStop, stop, fail }) => {
      const part = (name) => onStop(name, async () => {
        logger.info({}, name + ' stops');
        await Bun.sleep(1);
        logger.info({}, name + ' stopped');
      });
      const hang = () => onStop('hanging', () => {
        logger.info({}, 'waiting');
        return new Promise(() => {});
      });
      ${body}
    });`;
  const child = Bun.spawn([process.execPath, '-e', program], {
    env: { PATH: process.env.PATH },
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const left = [...signals];
  let text = '';
  for await (const chunk of child.stdout.pipeThrough(new TextDecoderStream())) {
    text += chunk;
    for (const _ of chunk.matchAll(/"waiting"/g)) if (left.length > 0) child.kill(left.shift());
  }
  const lines = text
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line));
  return { logged: lines.map(({ msg }) => msg), lines, exitCode: await child.exited };
}

test.each(['SIGTERM', 'SIGINT'] as const)('on %s parts stop one at a time, last first', async (signal) => {
  const { logged, exitCode } = await run(`part('one'); part('two'); logger.info({}, 'waiting');`, [signal]);
  expect(logged).toEqual([
    'waiting',
    'stopping',
    'two stops',
    'two stopped',
    'one stops',
    'one stopped',
    'stopped',
  ]);
  expect(exitCode).toBe(0);
});

test('a part that does not stop cleanly keeps no other from it, and shows in the exit code', async () => {
  const { logged, exitCode } = await run(
    `part('one'); onStop('two', () => Promise.reject(new Error('stuck'))); stop();`,
  );
  expect(logged).toEqual(['part did not stop cleanly', 'one stops', 'one stopped', 'stopped']);
  expect(exitCode).toBe(1);
});

test('a second signal ends it at once', async () => {
  const { logged, exitCode } = await run(`part('one'); hang(); logger.info({}, 'waiting');`, [
    'SIGTERM',
    'SIGTERM',
  ]);
  expect([logged, exitCode]).toEqual([['waiting', 'stopping', 'waiting'], 1]);
});

test('a shutdown that takes longer than allowed is cut off', async () => {
  const { lines, exitCode } = await run(`part('one'); hang(); allowStop(20); stop(); stop();`);
  expect(lines).toMatchObject([{ msg: 'waiting' }, { level: 'error', timeout_ms: 20 }]);
  expect(exitCode).toBe(1);
  // Less than is allowed by default.
}, 20_000);

test.each([
  [`throw new ConfigurationError('wrong');`, 'wrong', 78],
  [`throw new Error('away');`, 'could not start', 1],
  [`fail(new Error('lost'));`, 'cannot continue', 1],
])('%s: what has started is stopped', async (end, message, code) => {
  const { logged, exitCode } = await run(`part('one'); ${end}`);
  expect(logged).toEqual([message, 'one stops', 'one stopped', 'stopped']);
  expect(exitCode).toBe(code);
});

test.each([
  [`setTimeout(() => { throw new Error('defect'); });`, 'uncaught exception'],
  [`void Promise.reject(new Error('defect'));`, 'unhandled rejection'],
])('a defect is logged, and ends it: %s', async (body, message) => {
  const { lines, exitCode } = await run(`part('one'); ${body}`);
  expect(lines).toMatchObject([{ level: 'error', msg: message, err: { message: 'defect' } }]);
  expect(exitCode).toBe(1);
});
