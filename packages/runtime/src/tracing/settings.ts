import { Type } from '@sinclair/typebox';
import { readEnvironment } from '../environment.ts';
import { oneOf, optional } from '../settings.ts';

const SAMPLERS = [
  'always_on',
  'always_off',
  'traceidratio',
  'parentbased_always_on',
  'parentbased_always_off',
  'parentbased_traceidratio',
] as const;
const PROTOCOLS = ['http/protobuf', 'http/json'] as const;

export interface TracingSettings {
  readonly protocol: (typeof PROTOCOLS)[number];
  readonly sampler: (typeof SAMPLERS)[number];
  /** The share of traces to keep, from 0 to 1. */
  readonly ratio: number;
}

function endpoint(path = '') {
  const description = `where an OTLP/HTTP receiver is, such as http://localhost:4318${path}`;
  return optional(Type.String({ pattern: '^https?://[^\\s/]+', description }));
}

// As defined by OpenTelemetry. Its exporter reads others itself: headers, timeout, compression, certificates.
const destinationSettings = {
  OTEL_SDK_DISABLED: Type.Boolean({ default: false, description: 'true or false' }),
  OTEL_EXPORTER_OTLP_ENDPOINT: endpoint(),
  OTEL_EXPORTER_OTLP_TRACES_ENDPOINT: endpoint('/v1/traces'),
};
const exportSettings = {
  OTEL_EXPORTER_OTLP_PROTOCOL: optional(oneOf(PROTOCOLS)),
  OTEL_EXPORTER_OTLP_TRACES_PROTOCOL: optional(oneOf(PROTOCOLS)),
  OTEL_TRACES_SAMPLER: oneOf(SAMPLERS, { default: 'parentbased_always_on' }),
  OTEL_TRACES_SAMPLER_ARG: Type.Number({
    minimum: 0,
    maximum: 1,
    default: 1,
    description: 'the share of traces to keep',
  }),
};

/**
 * Undefined if nothing is to be exported; the other variables are not checked then.
 *
 * @throws ConfigurationError
 */
export function readTracingSettings(
  environment?: Record<string, string | undefined>,
): TracingSettings | undefined {
  const destination = readEnvironment(destinationSettings, environment);
  const isSet = destination.OTEL_EXPORTER_OTLP_ENDPOINT ?? destination.OTEL_EXPORTER_OTLP_TRACES_ENDPOINT;
  if (destination.OTEL_SDK_DISABLED || isSet === undefined) return undefined;
  const given = readEnvironment(exportSettings, environment);
  return {
    protocol:
      given.OTEL_EXPORTER_OTLP_TRACES_PROTOCOL ?? given.OTEL_EXPORTER_OTLP_PROTOCOL ?? 'http/protobuf',
    sampler: given.OTEL_TRACES_SAMPLER,
    ratio: given.OTEL_TRACES_SAMPLER_ARG,
  };
}
