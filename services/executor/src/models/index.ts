import type { ModelProvider } from '@millrace/contracts';
import { ConfigurationError, type ConfiguredModel } from '@millrace/runtime';
import { BuiltinModel } from './builtin-model.ts';
import type { Model } from './model.ts';
import { SimulatedModel } from './simulated-model.ts';

export interface ModelOptions {
  readonly simulatedLatencyMs: number;
}

/** What runs each of the configured models, by the name that tasks give it. */
export function createModels(
  configured: readonly ConfiguredModel<ModelProvider>[],
  { simulatedLatencyMs }: ModelOptions,
): ReadonlyMap<string, Model> {
  return new Map(
    configured.map(({ id, provider }) => {
      if (provider === 'openai') throw new ConfigurationError(`MODELS: "${id}" needs the provider openai.`);
      return [id, provider === 'builtin' ? new BuiltinModel() : new SimulatedModel(simulatedLatencyMs)];
    }),
  );
}
