import { afterEach, describe, expect, jest, test } from 'bun:test';
import { type ClaimedTask, openDatabase } from '@millrace/db';
import { Metrics } from '@millrace/runtime';
import { builtinTools, createToolRegistry } from '@millrace/tools';
import { claimedTask, turn } from '../agent/steps.testing.ts';
import { BuiltinModel } from '../models/builtin-model.ts';
import { AttemptLostError, type Model, type Progress } from '../models/model.ts';
import { SimulatedModel } from '../models/simulated-model.ts';
import { traceAttempt } from '../telemetry/attempt-trace.ts';
import { ExecutorMetrics } from '../telemetry/executor-metrics.ts';
import { type AttemptContext, runAttempt } from './run-attempt.ts';
import type { AbortCause } from './running-attempts.ts';

const deaf: Model = { run: () => new Promise(() => {}) };
const broken: Model = { run: () => Promise.reject(new TypeError('undefined is not a function')) };

function attempt(
  model: string,
  fields: Partial<ClaimedTask> = {},
  controller = new AbortController(),
  workspaceRoot = '/nowhere',
  talkative = deaf,
) {
  const task = claimedTask({ model, ...fields });
  const deltas: { seq: number; offset: number; text: string }[] = [];
  const logged: string[] = [];
  const limited: string[] = [];
  const log = (_: object, message: string) => logged.push(message);
  const context: AttemptContext = {
    models: new Map<string, Model>([
      ['builtin', new BuiltinModel()],
      ['slow', new SimulatedModel(60_000)],
      ['simulated', new SimulatedModel(400)],
      ['deaf', deaf],
      ['talkative', talkative],
      ['broken', broken],
    ]),
    // Never connects: a first attempt without steps needs no database.
    db: openDatabase({ url: 'postgres://nowhere.invalid/none', maxConnections: 1, applicationName: 'test' }),
    announcer: { step() {}, delta: (_task, delta) => deltas.push(delta) },
    outage: { warn() {} },
    limits: {
      run({ model }, _time, call) {
        limited.push(model);
        return call();
      },
    },
    tools: createToolRegistry(builtinTools),
    workspaceRoot,
    metrics: new ExecutorMetrics(new Metrics({ service: 'test', version: '0' }), []),
    tracing: undefined,
    logger: { debug: log, info: log, warn: log, error: log },
  };
  const outcome = runAttempt(task, controller, context, traceAttempt(undefined, task, undefined));
  return { outcome, logged, limited, deltas };
}

afterEach(() => {
  jest.useRealTimers();
});

describe('an attempt', () => {
  test('completes with the output and the steps, within the limits of its model', async () => {
    const { outcome, limited } = attempt('builtin');
    expect(await outcome).toMatchObject({
      kind: 'completed',
      answer: { result: { output: '42', steps: [{ kind: 'tool', name: 'calculator', output: '42' }] } },
    });
    expect(limited).toEqual(['builtin']);
  });

  test('may be retried if it was the machine that refused', async () => {
    // Not even root may create folders there.
    const readOnly = process.platform === 'linux' ? '/sys' : '/System';
    const refused = attempt('builtin', { prompt: 'write "hi" to a.txt' }, new AbortController(), readOnly);
    expect(await refused.outcome).toMatchObject({
      kind: 'failed',
      error: { code: 'workspace_not_writable', retryable: true },
    });
  });

  test('has only the tools its task permits', async () => {
    const permitted = attempt('builtin', { tools: ['calculator'] });
    expect(await permitted.outcome).toMatchObject({ kind: 'completed' });
    const refused = attempt('builtin', { tools: ['time'] });
    expect(await refused.outcome).toMatchObject({
      kind: 'failed',
      error: { code: 'tool_not_allowed', message: expect.stringContaining('calculator'), retryable: false },
    });
    const unknown = attempt('builtin', { tools: ['calculator', 'browser'] });
    expect(await unknown.outcome).toMatchObject({ error: { code: 'unknown_tool', retryable: false } });
  });

  test('of the simulated model streams its text piece by piece', async () => {
    const { outcome, deltas } = attempt('simulated', { prompt: 'hello' });
    expect(await outcome).toMatchObject({
      answer: {
        result: { output: 'Simulated answer to: hello', steps: [{ kind: 'model', name: 'simulated' }] },
      },
    });
    expect(deltas.length).toBeGreaterThan(1);
    expect(deltas.map(({ text }) => text).join('')).toBe('Simulated answer to: hello');
    expect(deltas.every(({ seq }) => seq === 1)).toBe(true);
  });

  test.each(['slow', 'deaf'])('ends at its timeout, even if the model is %s', async (model) => {
    const { outcome } = attempt(model, { timeout_ms: 20 });
    expect(await outcome).toMatchObject({ kind: 'failed', error: { code: 'timeout', retryable: true } });
  });

  test.each<[AbortCause, object]>([
    ['lost', { kind: 'abandoned', cause: 'lost' }],
    ['cancelled', { kind: 'abandoned', cause: 'cancelled' }],
    ['stopping', { kind: 'released' }],
  ])('that is aborted as %s ends at once', async (cause, expected) => {
    for (const model of ['slow', 'deaf']) {
      const controller = new AbortController();
      const { outcome } = attempt(model, {}, controller);
      controller.abort(cause);
      expect(await outcome).toEqual(expected as never);
    }
  });

  test('publishes and stores nothing more once it has ended, even if the model goes on', async () => {
    const { promise: started, resolve } = Promise.withResolvers<Progress>();
    const talkative: Model = {
      run(_, { progress }) {
        progress.delta('first ');
        progress.delta('second ');
        resolve(progress);
        return new Promise(() => {});
      },
    };
    jest.useFakeTimers();
    const controller = new AbortController();
    const { outcome, deltas } = attempt('talkative', {}, controller, '/nowhere', talkative);
    const progress = await started;
    controller.abort('cancelled' satisfies AbortCause);
    await outcome;
    progress.delta('third');
    jest.advanceTimersByTime(1_000);
    jest.useRealTimers();
    // Recording a step first publishes all of its text.
    await expect(progress.record({ ...turn(1, 'first second third'), duration_ms: 1 })).rejects.toThrow(
      AttemptLostError,
    );
    expect(deltas.map(({ text }) => text)).toEqual(['first ']);
  });

  test('of a model not configured here fails in a way that lets another executor try', async () => {
    const { outcome } = attempt('gpt-9');
    expect(await outcome).toMatchObject({
      kind: 'failed',
      error: { code: 'model_not_available', retryable: true },
    });
  });

  test('that hits a defect is logged, and reveals nothing of it to the user', async () => {
    const { outcome, logged } = attempt('broken');
    const ended = await outcome;
    expect(ended).toMatchObject({ kind: 'failed', error: { code: 'internal_error', retryable: true } });
    expect(JSON.stringify(ended)).not.toContain('undefined is not');
    expect(logged).toEqual(['attempt failed: internal error']);
  });
});
