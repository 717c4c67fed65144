import { BuiltinModel } from './builtin-model.ts';
import type { Model } from './model.ts';
import { SimulatedModel } from './simulated-model.ts';

export type Provider = 'builtin' | 'simulated';

/** One model for each provider; all are stateless. */
export function createProviders(options: { simulatedLatencyMs: number }): Record<Provider, Model> {
  return { builtin: new BuiltinModel(), simulated: new SimulatedModel(options.simulatedLatencyMs) };
}
