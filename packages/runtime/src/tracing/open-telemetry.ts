import {
  type Attributes,
  type Context,
  type Span as OtelSpan,
  ROOT_CONTEXT,
  SpanKind,
  SpanStatusCode,
  type Tracer,
  trace,
} from '@opentelemetry/api';
import {
  defaultResource,
  detectResources,
  resourceAttributesEnvDetector,
  resourceFromAttributes,
  serviceNameEnvDetector,
} from '@opentelemetry/resources';
import { BatchSpanProcessor, type SpanExporter, TracerProvider } from '@opentelemetry/sdk-trace';
import type { Logger } from 'pino';
import { LoggedExporter } from './logged-exporter.ts';
import { samplerOf } from './sampler.ts';
import type { TracingSettings } from './settings.ts';
import { isTraceparent } from './traceparent.ts';
import type { Span, SpanOptions, Tracing } from './tracing.ts';

export interface OpenTelemetryOptions extends TracingSettings {
  readonly service: string;
  readonly version: string;
  readonly logger: Logger;
}

const EXPORT_DELAY_MS = 1_000;
/** A few seconds' worth for a busy service; beyond this, spans are dropped and nothing blocks. */
const QUEUE_MAX = 8_192;
/** An unreachable collector must not delay a service's shutdown. */
const FLUSH_MS_MAX = 2_000;

const KINDS = {
  internal: SpanKind.INTERNAL,
  server: SpanKind.SERVER,
  client: SpanKind.CLIENT,
  consumer: SpanKind.CONSUMER,
};

/** Spans by OpenTelemetry's SDK. Parents are passed explicitly: there is no asynchronous context propagation. */
export class OpenTelemetry implements Tracing {
  readonly #provider: TracerProvider;
  readonly #tracer: Tracer;

  static async open(options: OpenTelemetryOptions): Promise<OpenTelemetry> {
    return new OpenTelemetry(options, await createExporter(options));
  }

  private constructor(options: OpenTelemetryOptions, exporter: SpanExporter) {
    const { service, version, logger } = options;
    const own = { 'service.name': `millrace-${service}`, 'service.version': version };
    const given = detectResources({ detectors: [resourceAttributesEnvDetector, serviceNameEnvDetector] });
    this.#provider = new TracerProvider({
      resource: defaultResource().merge(resourceFromAttributes(own)).merge(given),
      sampler: samplerOf(options),
      spanProcessors: [
        new BatchSpanProcessor({
          exporter: new LoggedExporter(exporter, logger),
          scheduledDelayMillis: EXPORT_DELAY_MS,
          maxQueueSize: QUEUE_MAX,
        }),
      ],
    });
    this.#tracer = this.#provider.getTracer('millrace', version);
  }

  startSpan(name: string, { kind, parent, attributes }: SpanOptions): Span {
    return new ExportedSpan(
      this.#tracer.startSpan(name, { kind: KINDS[kind], attributes }, contextOf(parent)),
    );
  }

  /** Flushes ended spans, within a short time. */
  async stop(): Promise<void> {
    // The exporter has logged failures.
    const delivered = this.#provider.shutdown().catch(() => {});
    await Promise.race([delivered, Bun.sleep(FLUSH_MS_MAX)]);
  }
}

class ExportedSpan implements Span {
  readonly span: OtelSpan;

  constructor(span: OtelSpan) {
    this.span = span;
  }

  get traceparent(): string {
    const { traceId, spanId, traceFlags } = this.span.spanContext();
    return `00-${traceId}-${spanId}-${traceFlags.toString(16).padStart(2, '0')}`;
  }

  set(attributes: Attributes): void {
    this.span.setAttributes(attributes);
  }

  rename(name: string): void {
    this.span.updateName(name);
  }

  end(errorType?: string): void {
    if (errorType !== undefined) {
      this.span.setAttribute('error.type', errorType);
      this.span.setStatus({ code: SpanStatusCode.ERROR });
    }
    this.span.end();
  }
}

function contextOf(parent: Span | string | undefined): Context {
  if (parent instanceof ExportedSpan) return trace.setSpan(ROOT_CONTEXT, parent.span);
  if (typeof parent !== 'string' || !isTraceparent(parent)) return ROOT_CONTEXT;
  const [, traceId = '', spanId = '', flags = ''] = parent.split('-');
  const traceFlags = Number.parseInt(flags, 16);
  return trace.setSpanContext(ROOT_CONTEXT, { traceId, spanId, traceFlags, isRemote: true });
}

async function createExporter({ protocol }: TracingSettings): Promise<SpanExporter> {
  const { OTLPTraceExporter } =
    protocol === 'http/json'
      ? await import('@opentelemetry/exporter-trace-otlp-http')
      : await import('@opentelemetry/exporter-trace-otlp-proto');
  return new OTLPTraceExporter();
}
