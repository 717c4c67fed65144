import { setTimeout as delay } from 'node:timers/promises';
import type { ChatCompletionCreateParamsStreaming } from 'openai/resources';
import { type ModelContext, ModelError } from '../models/model.ts';
import type { Provider } from './provider.ts';
import { cutStream } from './provider-error.ts';
import { StreamedTurn, type Turn } from './streamed-turn.ts';

/** Tries within an attempt: for what passes in seconds. What lasts longer is for the task's own retries. */
const TRIES_MAX = 3;
const PAUSE_MS_BASE = 500;
const PAUSE_MS_MAX = 5_000;

export interface TimedTurn extends Turn {
  readonly durationMs: number;
}

/**
 * One turn of the model. Tried again if it fails in passing before any of its text was shown: what people have read in an attempt is
 * not taken back.
 */
export async function askModel(
  provider: Pick<Provider, 'stream' | 'identity'>,
  request: ChatCompletionCreateParamsStreaming,
  { signal, progress, withinLimits }: Pick<ModelContext, 'signal' | 'progress' | 'withinLimits'>,
): Promise<TimedTurn> {
  let isShown = false;
  const show = (text: string) => {
    isShown = true;
    progress.delta(text);
  };
  for (let tries = 1; ; tries++) {
    try {
      return await withinLimits(() => readTurn(provider, request, signal, show));
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
): Promise<TimedTurn> {
  const startedAt = performance.now();
  const streamed = new StreamedTurn();
  try {
    for await (const chunk of provider.stream(request, signal)) {
      const text = streamed.add(chunk);
      if (text !== '') show(text);
    }
  } catch (error) {
    // Cut off between the end of the turn and its token counts: it is paid for, and all there.
    if (!streamed.isComplete || signal.aborted) throw error;
  }
  const turn = streamed.finish();
  if (!turn) throw cutStream(provider.identity);
  return { ...turn, durationMs: performance.now() - startedAt };
}

/** Undefined if there is to be none here. */
function pauseBeforeNextTry(error: unknown, tries: number): number | undefined {
  if (!(error instanceof ModelError) || !error.retryable || tries === TRIES_MAX) return undefined;
  const ownMs = PAUSE_MS_BASE * 2 ** (tries - 1) * (0.5 + Math.random());
  const pauseMs = Math.max(error.retryAfterMs ?? 0, ownMs);
  return pauseMs > PAUSE_MS_MAX ? undefined : pauseMs;
}
