import type { Usage } from '@millrace/contracts';
import type { ClaimedTask } from '@millrace/db';
import { type Count, type Distribution, finishedTasks, type Metrics, PerModel } from '@millrace/runtime';
import type { Outcome } from '../attempts/outcome.ts';
import type { WrittenStatus } from '../attempts/write-outcome.ts';

const QUEUE_BOUNDS = [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 300, 1800];
const RUN_BOUNDS = [0.01, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 120, 300, 600, 1800];

/** How a task was found; `lost`, on either path, if it was taken over from a lost executor. */
type ClaimPath = 'stream' | 'rescue' | 'lost';

interface ModelMetrics {
  readonly queue: Distribution;
  readonly run: Distribution;
  readonly latency: Distribution;
  readonly callDuration: Distribution;
  readonly inputTokens: Count;
  readonly cachedInputTokens: Count;
  readonly outputTokens: Count;
}

/** An executor's counters and histograms. Those on the hot path are looked up once per configured model. */
export class ExecutorMetrics {
  readonly leasesLost: Count;
  readonly #claims: Readonly<Record<ClaimPath, Count>>;
  readonly #finished: PerModel<Readonly<Record<'COMPLETED' | 'FAILED', Count>>>;
  readonly #models: PerModel<ModelMetrics>;
  readonly #labels: PerModel<string>;
  readonly #retries: { of(model: string, code: string): Count };
  readonly #calls: { of(model: string, outcome: string): Count };

  constructor(metrics: Metrics, models: readonly string[]) {
    this.#finished = finishedTasks(metrics, models, ['COMPLETED', 'FAILED']);
    this.#labels = new PerModel(models, (label) => label);
    this.#models = new PerModel(models, modelMetrics(metrics));
    const claims = metrics.counter(
      'millrace_claims_total',
      'Attempts begun: from a message of the stream, found in Postgres, or taken over from a lost executor.',
      ['path'],
    );
    this.#claims = { stream: claims.of('stream'), rescue: claims.of('rescue'), lost: claims.of('lost') };
    this.leasesLost = metrics
      .counter(
        'millrace_leases_lost_total',
        'Attempts whose outcome was discarded, since their task belonged to another attempt or had ended.',
        [],
      )
      .of();
    this.#retries = metrics.counter(
      'millrace_task_retries_total',
      'Attempts that failed and will be retried, by error code.',
      ['model', 'code'],
    );
    this.#calls = metrics.counter(
      'millrace_model_calls_total',
      'Finished model calls: ok, aborted, or the error code.',
      ['model', 'outcome'],
    );
    for (const model of models) this.#calls.of(model, 'ok');
  }

  claimed({ model, taken_over, waited_ms }: ClaimedTask, path: 'stream' | 'rescue'): void {
    this.#claims[taken_over ? 'lost' : path].add();
    this.#models.of(model).queue.observe(Math.max(0, waited_ms) / 1000);
  }

  /** @param status what the task became; null if the attempt had lost it */
  ended(task: ClaimedTask, outcome: Outcome, status: WrittenStatus, runMs: number): void {
    if (status === null) {
      this.leasesLost.add();
      return;
    }
    if (status !== 'PENDING') this.#finish(task, status, runMs);
    else if (outcome.kind === 'failed') {
      this.#retries.of(this.#labels.of(task.model), outcome.error.code).add();
    }
    if (outcome.kind !== 'released') this.#models.of(task.model).run.observe(runMs / 1000);
  }

  /** Failed without an attempt, since its last permitted one was lost. */
  exhausted({ model }: { readonly model: string }): void {
    this.#finished.of(model).FAILED.add();
  }

  called(model: string, outcome: string, durationMs: number): void {
    this.#models.of(model).callDuration.observe(durationMs / 1000);
    this.#calls.of(this.#labels.of(model), outcome).add();
  }

  used(model: string, { input_tokens, cached_tokens, output_tokens }: Usage): void {
    const { inputTokens, cachedInputTokens, outputTokens } = this.#models.of(model);
    inputTokens.add(input_tokens - cached_tokens);
    cachedInputTokens.add(cached_tokens);
    outputTokens.add(output_tokens);
  }

  #finish(task: ClaimedTask, status: 'COMPLETED' | 'FAILED', runMs: number): void {
    this.#finished.of(task.model)[status].add();
    // A replayed task may have been submitted days ago.
    if (task.earlier_attempts === 0) {
      this.#models.of(task.model).latency.observe((task.age_ms + runMs) / 1000);
    }
  }
}

function modelMetrics(metrics: Metrics): (model: string) => ModelMetrics {
  const perModel = (name: string, help: string, bounds: readonly number[]) =>
    metrics.histogram(name, help, bounds, ['model']);
  const queue = perModel(
    'millrace_task_queue_seconds',
    'From when an attempt was due until it was claimed.',
    QUEUE_BOUNDS,
  );
  const run = perModel(
    'millrace_task_run_seconds',
    'From the claim of an attempt until its outcome was stored.',
    RUN_BOUNDS,
  );
  const latency = perModel(
    'millrace_task_latency_seconds',
    'From the submission of a task until its end, including retries and delays; excludes replayed tasks.',
    RUN_BOUNDS,
  );
  const callDuration = perModel(
    'millrace_model_call_duration_seconds',
    'How long model calls took, excluding the wait for its limits.',
    RUN_BOUNDS,
  );
  const tokens = metrics.counter(
    'millrace_model_tokens_total',
    "Tokens as counted by the model's provider; input excludes cached_input.",
    ['model', 'type'],
  );
  return (model) => ({
    queue: queue.of(model),
    run: run.of(model),
    latency: latency.of(model),
    callDuration: callDuration.of(model),
    inputTokens: tokens.of(model, 'input'),
    cachedInputTokens: tokens.of(model, 'cached_input'),
    outputTokens: tokens.of(model, 'output'),
  });
}
