import {
  AlwaysOffSampler,
  AlwaysOnSampler,
  ParentBasedSampler,
  type Sampler,
  TraceIdRatioBasedSampler,
} from '@opentelemetry/sdk-trace';
import type { TracingSettings } from './settings.ts';

const PARENT_BASED = 'parentbased_';

/** The sampler named by OTEL_TRACES_SAMPLER, which the SDK itself does not read. */
export function samplerOf({ sampler, ratio }: TracingSettings): Sampler {
  if (sampler.startsWith(PARENT_BASED)) {
    return new ParentBasedSampler({ root: rootSampler(sampler.slice(PARENT_BASED.length), ratio) });
  }
  return rootSampler(sampler, ratio);
}

function rootSampler(name: string, ratio: number): Sampler {
  if (name === 'always_off') return new AlwaysOffSampler();
  return name === 'always_on' ? new AlwaysOnSampler() : new TraceIdRatioBasedSampler(ratio);
}
