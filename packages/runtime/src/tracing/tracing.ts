// Types only: this loads nothing of OpenTelemetry.
import type { Attributes } from '@opentelemetry/api';
import type { Service } from '../service.ts';
import { readTracingSettings } from './settings.ts';

export interface SpanOptions {
  /** `server` and `consumer` for incoming work, `client` for outgoing calls, `internal` for the rest. */
  readonly kind: 'internal' | 'server' | 'client' | 'consumer';
  /** A span of this process, or the `traceparent` of a remote one; without a valid parent a new trace begins. */
  readonly parent?: Span | string | undefined;
  readonly attributes: Attributes;
}

export interface Span {
  /** For continuing the trace elsewhere. */
  readonly traceparent: string;
  set(attributes: Attributes): void;
  rename(name: string): void;
  /** @param errorType marks it as an error: of low cardinality, such as a stable code; details belong in the log */
  end(errorType?: string): void;
}

export interface Tracing {
  /** @param name of low cardinality: what varies between spans belongs in attributes */
  startSpan(name: string, options: SpanOptions): Span;
}

/**
 * Tracing as configured by OpenTelemetry's environment variables; undefined, with nothing loaded, if no
 * endpoint is set. Callers write `tracing?.startSpan(…)`, which does not even evaluate the arguments then.
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
