import { freePort } from '@millrace/devstack';

export interface ReceivedSpan {
  readonly service: string;
  readonly traceId: string;
  readonly spanId: string;
  /** Empty for a root. */
  readonly parentSpanId: string;
  readonly name: string;
  /** OTLP's numbers: 1 internal, 2 server, 3 client, 5 consumer. */
  readonly kind: number;
  readonly attributes: Readonly<Record<string, unknown>>;
  /** 2 for an error. */
  readonly statusCode: number;
  readonly startMs: number;
  readonly endMs: number;
}

interface Attribute {
  readonly key: string;
  readonly value: {
    stringValue?: string;
    intValue?: number | string;
    doubleValue?: number;
    boolValue?: boolean;
    arrayValue?: { values: Attribute['value'][] };
  };
}

interface ExportRequest {
  readonly resourceSpans: {
    resource: { attributes: Attribute[] };
    scopeSpans: {
      spans: {
        traceId: string;
        spanId: string;
        parentSpanId?: string;
        name: string;
        kind: number;
        attributes: Attribute[];
        status: { code?: number };
        startTimeUnixNano: string;
        endTimeUnixNano: string;
      }[];
    }[];
  }[];
}

/** A receiver of traces over OTLP/HTTP, in JSON. */
export interface OtlpReceiver extends AsyncDisposable {
  /** For OTEL_EXPORTER_OTLP_ENDPOINT. */
  readonly endpoint: string;
  readonly spans: readonly ReceivedSpan[];
  /** The content type of every request, whether it could be parsed or not. */
  readonly contentTypes: readonly (string | null)[];
}

export async function startOtlpReceiver(): Promise<OtlpReceiver> {
  const spans: ReceivedSpan[] = [];
  const contentTypes: (string | null)[] = [];
  const server = Bun.serve({
    hostname: '127.0.0.1',
    port: await freePort(),
    async fetch(request) {
      if (request.method !== 'POST' || new URL(request.url).pathname !== '/v1/traces') {
        return new Response('not here', { status: 404 });
      }
      const type = request.headers.get('content-type');
      contentTypes.push(type);
      if (type !== 'application/json') return new Response(new Uint8Array());
      spans.push(...spansIn((await request.json()) as ExportRequest));
      return Response.json({ partialSuccess: {} });
    },
  });
  return {
    endpoint: `http://127.0.0.1:${server.port}`,
    spans,
    contentTypes,
    [Symbol.asyncDispose]: () => server.stop(true),
  };
}

function spansIn({ resourceSpans }: ExportRequest): ReceivedSpan[] {
  return resourceSpans.flatMap(({ resource, scopeSpans }) =>
    scopeSpans
      .flatMap(({ spans }) => spans)
      .map(({ parentSpanId = '', attributes, status, startTimeUnixNano, endTimeUnixNano, ...span }) => ({
        service: String(valuesOf(resource.attributes)['service.name']),
        traceId: span.traceId,
        spanId: span.spanId,
        parentSpanId,
        name: span.name,
        kind: span.kind,
        attributes: valuesOf(attributes),
        statusCode: status.code ?? 0,
        startMs: Number(startTimeUnixNano) / 1e6,
        endMs: Number(endTimeUnixNano) / 1e6,
      })),
  );
}

function valuesOf(attributes: readonly Attribute[]): Record<string, unknown> {
  return Object.fromEntries(attributes.map(({ key, value }) => [key, decoded(value)]));
}

function decoded(value: Attribute['value']): unknown {
  if (value.arrayValue) return value.arrayValue.values.map(decoded);
  if (value.intValue !== undefined) return Number(value.intValue);
  return value.stringValue ?? value.doubleValue ?? value.boolValue;
}
