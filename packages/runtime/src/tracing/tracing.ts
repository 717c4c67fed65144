// Types only: nothing of OpenTelemetry is loaded by this.
import type { Attributes } from '@opentelemetry/api';
import type { Service } from '../service.ts';
import { readTracingSettings } from './settings.ts';

export interface SpanOptions {
  /** `server` and `consumer` for what came from elsewhere, `client` for what goes there, `internal` for the rest. */
  readonly kind: 'internal' | 'server' | 'client' | 'consumer';
  /** A span of this process, or what W3C Trace Context says of one elsewhere; without a valid one a new trace begins. */
  readonly parent?: Span | string | undefined;
  readonly attributes: Attributes;
}

export interface Span {
  /** For whoever goes on with the trace elsewhere. */
  readonly traceparent: string;
  set(attributes: Attributes): void;
  rename(name: string): void;
  /** @param errorType makes an error of it: one of few, such as a stable code; what was wrong in detail is for the log */
  end(errorType?: string): void;
}

export interface Tracing {
  /** @param name one of few: what differs from span to span is for the attributes */
  startSpan(name: string, options: SpanOptions): Span;
}

/**
 * Traces as OpenTelemetry's environment variables ask for them; undefined, with nothing loaded, where no endpoint is set. Whoever
 * asks for spans writes `tracing?.startSpan(…)`, and nothing is made of the arguments either.
 *
 * @throws ConfigurationError
 */
export async function openTracing(
  { logger, onStop }: Pick<Service, 'logger' | 'onStop'>,
  identity: { readonly service: string; readonly version: string },
): Promise<Tracing | undefined> {
  const settings = readTracingSettings();
  if (!settings) return undefined;
  const { OpenTelemetry } = await import('./open-telemetry.ts');
  const tracing = await OpenTelemetry.open({ ...settings, ...identity, logger });
  onStop('traces', () => tracing.stop());
  return tracing;
}
