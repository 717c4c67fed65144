import type { Usage } from '@millrace/contracts';
import type { Span, Tracing } from '@millrace/runtime';
import type { ExecutorMetrics } from './executor-metrics.ts';
import { failureCode } from './failure-code.ts';

/** The model as its provider knows it. */
export interface CalledModel {
  readonly provider: string;
  readonly name: string;
  readonly host?: string;
}

/** A model call in progress. End it exactly once, one way or the other. */
export interface ModelCall {
  /** @param usage null if nothing was counted */
  succeeded(finishReason: string, usage: Usage | null): void;
  failed(error: unknown): void;
}

export interface ModelCallsOptions {
  readonly metrics: ExecutorMetrics;
  readonly tracing: Tracing | undefined;
  /** As tasks name it. */
  readonly model: string;
  /** The attempt's span. */
  readonly parent: Span | undefined;
}

/** Counts a model call, and traces it if tracing is on. Neither records any content. */
export function beginModelCall(
  { metrics, tracing, model, parent }: ModelCallsOptions,
  { provider, name, host }: CalledModel,
): ModelCall {
  const startedAt = performance.now();
  const span = tracing?.startSpan(`chat ${name}`, {
    kind: 'client',
    parent,
    attributes: {
      'gen_ai.operation.name': 'chat',
      'gen_ai.provider.name': provider,
      'gen_ai.request.model': name,
      'server.address': host,
    },
  });
  return {
    succeeded(finishReason, usage) {
      metrics.called(model, 'ok', performance.now() - startedAt);
      if (usage) metrics.used(model, usage);
      span?.set({
        'gen_ai.response.finish_reasons': [finishReason],
        'gen_ai.usage.input_tokens': usage?.input_tokens,
        'gen_ai.usage.cache_read.input_tokens': usage?.cached_tokens,
        'gen_ai.usage.output_tokens': usage?.output_tokens,
      });
      span?.end();
    },
    failed(error) {
      const outcome = failureCode(error);
      metrics.called(model, outcome, performance.now() - startedAt);
      span?.end(outcome);
    },
  };
}
