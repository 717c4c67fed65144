import type { Logger, ModelProvider } from '@millrace/contracts';
import { type ConfiguredModel, refuse, requireProviders } from '@millrace/runtime';
import { BuiltinModel } from './builtin-model.ts';
import type { Model } from './model.ts';
import { SimulatedModel } from './simulated-model.ts';

type Configured = ConfiguredModel<ModelProvider>;

export interface ModelOptions {
  readonly simulatedLatencyMs: number;
  readonly openAiKey: string | undefined;
  /** Of a compatible server, which may need no key. */
  readonly openAiBaseUrl: string | undefined;
  readonly turnsMax: number;
  readonly logger: Pick<Logger, 'warn'>;
}

/**
 * The configured models, keyed by the name that tasks use.
 *
 * @throws ConfigurationError for a model whose provider is not configured
 */
export async function createModels(
  configured: readonly Configured[],
  options: ModelOptions,
): Promise<ReadonlyMap<string, Model>> {
  requireProviders(configured, { key: options.openAiKey, baseUrl: options.openAiBaseUrl });
  const providers: Partial<Record<ModelProvider, (model: Configured) => Model>> = {
    builtin: () => new BuiltinModel(),
    simulated: () => new SimulatedModel(options.simulatedLatencyMs),
  };
  if (configured.some(({ provider }) => provider === 'openai')) {
    providers.openai = await openAiModels(options);
  } else if (options.openAiKey !== undefined || options.openAiBaseUrl !== undefined) {
    options.logger.warn(
      {},
      'OPENAI_API_KEY or OPENAI_BASE_URL is set, but no model uses it; name one in MODELS, such as gpt-4=openai',
    );
  }
  return new Map(configured.map((model) => [model.id, providers[model.provider]!(model)]));
}

/** Loaded only if used: the package is slow to load and takes 17 MB. */
async function openAiModels({ openAiKey, openAiBaseUrl, turnsMax }: ModelOptions) {
  if (openAiBaseUrl !== undefined && !URL.canParse(openAiBaseUrl)) {
    refuse('OPENAI_BASE_URL', `"${openAiBaseUrl}" is not a valid URL; check its host and port`);
  }
  const [{ OpenAiModel }, { Provider }] = await Promise.all([
    import('../agent/openai-model.ts'),
    import('../agent/provider.ts'),
  ]);
  const provider = new Provider({ apiKey: openAiKey, baseUrl: openAiBaseUrl });
  return ({ providerModel, price }: Configured) =>
    new OpenAiModel({ provider, providerModel, price, turnsMax });
}
