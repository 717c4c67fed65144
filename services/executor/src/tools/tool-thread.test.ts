import { afterEach, beforeEach, describe, expect, test } from 'bun:test';
import { builtinTools, createToolRegistry, ToolError } from '@millrace/tools';
import { offLoop } from './off-loop-tools.ts';
import { ToolThread } from './tool-thread.ts';

function contextOf(signal = new AbortController().signal) {
  return { taskId: Bun.randomUUIDv7(), workspaceRoot: '/nowhere', signal };
}

test('synchronous tools answer and refuse as they do without a thread', async () => {
  const builtin = new ToolThread();
  const tools = offLoop(createToolRegistry(builtinTools), builtin);
  const sums = Array.from({ length: 50 }, (_, i) =>
    tools.call('calculator', { expression: `${i}+1` }, contextOf()),
  );
  expect(await Promise.all(sums)).toEqual(Array.from({ length: 50 }, (_, i) => `${i + 1}`));
  const refused = tools.call('calculator', { expression: '1/0' }, contextOf());
  expect(await refused.catch((error) => error)).toBeInstanceOf(ToolError);
  expect(await tools.call('time', {}, contextOf())).toContain('UTC');
  builtin.stop();
});

let thread: ToolThread;
const start = (callMsMax?: number) =>
  new ToolThread(new URL('./looping-tools.testing.ts', import.meta.url).href, callMsMax);
beforeEach(() => {
  thread = start();
});
afterEach(() => thread.stop());

test('a temporary refusal may be retried', async () => {
  const refused = thread.call('refuse', {}, contextOf()).catch((error) => error);
  expect(await refused).toMatchObject({ name: 'ToolError', code: 'too_busy', retryable: true });
});

describe('a tool that never ends', () => {
  test('is cut off, leaves the event loop free, and fails no other call', async () => {
    // The call behind it also gets this long, enough on a busy machine.
    thread = start(1_000);
    let turns = 0;
    const ticking = setInterval(() => turns++, 5);
    const looping = thread.call('loop', {}, contextOf()).catch((error: ToolError) => error.code);
    const working = thread.call('work', {}, contextOf());
    expect(await looping).toBe('tool_timeout');
    expect(await working).toBe('done');
    clearInterval(ticking);
    expect(turns).toBeGreaterThan(5);
  });

  test('is cut off with its task', async () => {
    const controller = new AbortController();
    const looping = thread.call('loop', {}, contextOf(controller.signal)).catch((reason) => reason);
    const working = thread.call('work', {}, contextOf());
    controller.abort('cancelled');
    expect(await looping).toBe('cancelled');
    expect(await working).toBe('done');
  });

  test('is distinguished from one that throws', async () => {
    const broken = thread.call('broken', {}, contextOf());
    await expect(broken).rejects.toThrow(/no such thing/);
    expect(await thread.call('work', {}, contextOf())).toBe('done');
  });
});
