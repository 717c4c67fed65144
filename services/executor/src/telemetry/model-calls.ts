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

export interface CallReport {
  readonly finishReason: string;
  /** Null if nothing was counted. */
  readonly usage: Usage | null;
}

interface ModelCallsOptions {
  readonly metrics: ExecutorMetrics;
  readonly tracing: Tracing | undefined;
  /** As tasks name it. */
  readonly model: string;
  /** The attempt's span. */
  readonly parent: Span | undefined;
}

/** Makes a model call, counts it, and traces it if tracing is on. Neither records any content. */
export async function observeModelCall<Answer>(
  { metrics, tracing, model, parent }: ModelCallsOptions,
  { provider, name, host }: CalledModel,
  call: () => Promise<Answer>,
  report: (answer: Answer) => CallReport,
): Promise<Answer> {
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
  try {
    const answer = await call();
    const { finishReason, usage } = report(answer);
    metrics.called(model, 'ok', performance.now() - startedAt);
    if (usage) metrics.used(model, usage);
    span?.set({
      'gen_ai.response.finish_reasons': [finishReason],
      'gen_ai.usage.input_tokens': usage?.input_tokens,
      'gen_ai.usage.cache_read.input_tokens': usage?.cached_tokens,
      'gen_ai.usage.output_tokens': usage?.output_tokens,
    });
    span?.end();
    return answer;
  } catch (error) {
    const outcome = failureCode(error);
    metrics.called(model, outcome, performance.now() - startedAt);
    span?.end(outcome);
    throw error;
  }
}
