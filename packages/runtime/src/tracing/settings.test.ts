import { describe, expect, test } from 'bun:test';
import { ROOT_CONTEXT, SpanKind } from '@opentelemetry/api';
import { SamplingDecision } from '@opentelemetry/sdk-trace';
import { samplerOf } from './sampler.ts';
import { readTracingSettings } from './settings.ts';

const OTEL_EXPORTER_OTLP_ENDPOINT = 'http://localhost:4318';

describe('tracing settings', () => {
  test('are unset without an endpoint, however wrong the rest is', () => {
    expect(readTracingSettings({})).toBeUndefined();
    expect(readTracingSettings({ OTEL_TRACES_SAMPLER: 'x' })).toBeUndefined();
    expect(readTracingSettings({ OTEL_EXPORTER_OTLP_ENDPOINT, OTEL_SDK_DISABLED: 'true' })).toBeUndefined();
  });

  test('default as in OpenTelemetry', () => {
    const defaults = { protocol: 'http/protobuf', sampler: 'parentbased_always_on', ratio: 1 } as const;
    expect(readTracingSettings({ OTEL_EXPORTER_OTLP_ENDPOINT })).toEqual(defaults);
    const OTEL_EXPORTER_OTLP_TRACES_ENDPOINT = 'http://localhost:4318/v1/traces';
    expect(readTracingSettings({ OTEL_EXPORTER_OTLP_TRACES_ENDPOINT })).toEqual(defaults);
  });

  test('for traces override those for all signals', () => {
    const OTEL_EXPORTER_OTLP_PROTOCOL = 'http/protobuf';
    const OTEL_EXPORTER_OTLP_TRACES_PROTOCOL = 'http/json';
    const given = {
      OTEL_EXPORTER_OTLP_ENDPOINT,
      OTEL_EXPORTER_OTLP_PROTOCOL,
      OTEL_EXPORTER_OTLP_TRACES_PROTOCOL,
    };
    expect(readTracingSettings(given)?.protocol).toBe('http/json');
  });

  test.each([
    [{ OTEL_EXPORTER_OTLP_ENDPOINT: 'localhost:4318' }, /OTEL_EXPORTER_OTLP_ENDPOINT: .*http:\/\/localhost/],
    [{ OTEL_EXPORTER_OTLP_PROTOCOL: 'grpc' }, /OTEL_EXPORTER_OTLP_PROTOCOL: .*http\/protobuf, http\/json/],
    [{ OTEL_TRACES_SAMPLER: 'sometimes' }, /OTEL_TRACES_SAMPLER: .*parentbased_traceidratio/],
    [{ OTEL_TRACES_SAMPLER_ARG: '2' }, /OTEL_TRACES_SAMPLER_ARG: .*from 0 to 1/],
  ])('refuse %j with the remedy', (wrong, message) => {
    expect(() => readTracingSettings({ OTEL_EXPORTER_OTLP_ENDPOINT, ...wrong })).toThrow(message);
  });
});

describe('a root span', () => {
  test.each([
    ['always_on', 1, true],
    ['always_off', 1, false],
    ['traceidratio', 1, true],
    ['traceidratio', 0, false],
    ['parentbased_always_on', 1, true],
    ['parentbased_always_off', 1, false],
    ['parentbased_traceidratio', 0, false],
  ] as const)('of %s with %d is kept: %p', (sampler, ratio, kept) => {
    const chosen = samplerOf({ protocol: 'http/json', sampler, ratio });
    const traceId = '4bf92f3577b34da6a3ce929d0e0e4736';
    const { decision } = chosen.shouldSample(ROOT_CONTEXT, traceId, 'x', SpanKind.SERVER, {}, []);
    expect(decision === SamplingDecision.RECORD_AND_SAMPLED).toBe(kept);
  });
});
