import { setTimeout as delay } from 'node:timers/promises';
import type { ClaimedTask } from '@millrace/db';
import type { Model, ModelAnswer, ModelContext, ModelRequest } from './model.ts';

const ECHO_LENGTH_MAX = 80;
const PIECES_MAX = 8;
/** Below this, as in load tests, the answer comes in one piece: thousands of timers are not what those measure. */
const PIECE_MS_MIN = 100;

/** Echoes the beginning of the prompt, streamed over a set time: for load tests and demonstrations. */
export class SimulatedModel implements Model {
  readonly #latencyMs: number;

  constructor(latencyMs: number) {
    this.#latencyMs = latencyMs;
  }

  run({ task }: ModelRequest, context: ModelContext): Promise<ModelAnswer> {
    const called = { provider: 'simulated', name: task.model };
    return context.withinLimits(() =>
      context.observeCall(
        called,
        () => this.#answer(task, context),
        () => ({ finishReason: 'stop', usage: null }),
      ),
    );
  }

  async #answer(task: ClaimedTask, { signal, progress }: ModelContext): Promise<ModelAnswer> {
    const output = `Simulated answer to: ${task.prompt.slice(0, ECHO_LENGTH_MAX).toWellFormed()}`;
    const count = Math.max(1, Math.min(PIECES_MAX, Math.floor(this.#latencyMs / PIECE_MS_MIN)));
    const length = Math.ceil(output.length / count);
    for (let piece = 0; piece < count; piece++) {
      await delay(this.#latencyMs / count, undefined, { signal });
      if (count > 1) progress.delta(output.slice(piece * length, (piece + 1) * length));
    }
    const step = { kind: 'model' as const, name: task.model, arguments: {}, output };
    return { result: { output, steps: [step] }, usage: null };
  }
}
