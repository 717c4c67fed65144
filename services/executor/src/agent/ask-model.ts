import { setTimeout as delay } from 'node:timers/promises';
import type { ChatCompletionCreateParamsStreaming } from 'openai/resources';
import { type ModelContext, ModelError } from '../models/model.ts';
import type { CallReport } from '../telemetry/model-calls.ts';
import type { Provider } from './provider.ts';
import { cutStream, endedInError } from './provider-error.ts';
import { StreamedTurn, type Turn } from './streamed-turn.ts';
import { usageOf } from './usage.ts';

/** Tries within an attempt, for failures that pass in seconds. Longer ones are left to the task's own retries. */
const TRIES_MAX = 3;
const PAUSE_MS_BASE = 500;
const PAUSE_MS_MAX = 5_000;
/** How long to wait for token counts after a turn has ended: some servers send none and keep the stream open. */
const COUNTS_MS_MAX = 3_000;
/** Finish reasons by which some servers say that they gave up, where others send an error. */
const FAILED_REASONS: readonly string[] = ['error', 'abort'];

/**
 * One turn of the model. Transient failures are retried until any of its text was shown: what people have
 * read is not taken back within an attempt.
 */
export async function askModel(
  provider: Pick<Provider, 'stream' | 'identity'>,
  request: ChatCompletionCreateParamsStreaming,
  context: Pick<ModelContext, 'signal' | 'progress' | 'withinLimits' | 'observeCall'>,
): Promise<Turn> {
  const { signal, progress, withinLimits, observeCall } = context;
  const called = { provider: 'openai', name: request.model, host: provider.identity.host };
  let isShown = false;
  const show = (text: string) => {
    isShown = true;
    progress.delta(text);
  };
  for (let tries = 1; ; tries++) {
    try {
      return await withinLimits(() =>
        observeCall(called, () => readTurn(provider, request, signal, show), reportOf),
      );
    } catch (error) {
      const pauseMs = isShown ? undefined : pauseBeforeNextTry(error, tries);
      if (pauseMs === undefined) throw error;
      await delay(pauseMs, undefined, { signal });
    }
  }
}

async function readTurn(
  provider: Pick<Provider, 'stream' | 'identity'>,
  request: ChatCompletionCreateParamsStreaming,
  signal: AbortSignal,
  show: (text: string) => void,
): Promise<Turn> {
  const streamed = new StreamedTurn();
  const enough = new AbortController();
  let timer: Timer | undefined;
  try {
    for await (const chunk of provider.stream(request, AbortSignal.any([signal, enough.signal]))) {
      const text = streamed.add(chunk);
      if (text !== '') show(text);
      if (streamed.isComplete) timer ??= setTimeout(() => enough.abort(), COUNTS_MS_MAX);
    }
  } catch (error) {
    // Cut off between the end of the turn and its token counts: it is complete, and paid for.
    if (!streamed.isComplete) throw error;
  } finally {
    clearTimeout(timer);
  }
  const turn = streamed.finish();
  if (!turn) throw cutStream(provider.identity);
  if (FAILED_REASONS.includes(turn.finishReason)) throw endedInError(provider.identity, turn.finishReason);
  return turn;
}

function reportOf({ finishReason, usage }: Turn): CallReport {
  return { finishReason, usage: usage && usageOf(usage, null) };
}

/** Undefined if it should not be retried here. */
function pauseBeforeNextTry(error: unknown, tries: number): number | undefined {
  if (!(error instanceof ModelError) || !error.retryable || tries === TRIES_MAX) return undefined;
  const ownMs = PAUSE_MS_BASE * 2 ** (tries - 1) * (0.5 + Math.random());
  const pauseMs = Math.max(error.retryAfterMs ?? 0, ownMs);
  return pauseMs > PAUSE_MS_MAX ? undefined : pauseMs;
}
