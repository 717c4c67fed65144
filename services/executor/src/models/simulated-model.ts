import { setTimeout as delay } from 'node:timers/promises';
import type { Model, ModelAnswer, ModelContext, ModelRequest } from './model.ts';

const ECHO_LENGTH_MAX = 80;

/** Answers after a set time with the beginning of the prompt: for load tests and demonstrations. */
export class SimulatedModel implements Model {
  readonly #latencyMs: number;

  constructor(latencyMs: number) {
    this.#latencyMs = latencyMs;
  }

  async run({ task }: ModelRequest, { signal }: ModelContext): Promise<ModelAnswer> {
    await delay(this.#latencyMs, undefined, { signal });
    const echo = task.prompt.slice(0, ECHO_LENGTH_MAX).toWellFormed();
    return { result: { output: `Simulated answer to: ${echo}`, steps: [] }, usage: null };
  }
}
