import { refuse as refuseVariable } from './environment.ts';

export interface ConfiguredModel<Provider extends string> {
  /** The name that tasks use. */
  readonly id: string;
  readonly provider: Provider;
  /** The provider's name for it. */
  readonly providerModel: string;
  /** Concurrent calls across all executors. */
  readonly concurrency: number | null;
  /** Across all executors. */
  readonly requestsPerMinute: number | null;
  readonly price: ModelPrice | null;
}

/** In US dollars per million tokens. */
export interface ModelPrice {
  readonly input: number;
  readonly cachedInput: number;
  readonly output: number;
}

const MODEL_ID = /^[A-Za-z0-9][A-Za-z0-9._:/-]{0,127}$/;
/** Far above any provider's, and well within Postgres's integers. */
const LIMIT_MAX = 1_000_000;
const OPTIONS = ['model', 'concurrency', 'rpm', 'input_price', 'cached_input_price', 'output_price'] as const;
type Option = (typeof OPTIONS)[number];

/**
 * Parses `MODELS`: entries separated by commas, the first one the default, each `name` or `name=provider`,
 * followed by options as `;option=value`. A name alone is also its provider.
 *
 * @throws ConfigurationError for anything malformed, unknown or duplicate
 */
export function parseModels<Provider extends string>(
  text: string,
  providers: readonly Provider[],
): readonly ConfiguredModel<Provider>[] {
  const models = new Map<string, ConfiguredModel<Provider>>();
  for (const entry of text.split(',').map((part) => part.trim())) {
    const model = parseModel(entry, providers);
    if (models.has(model.id)) refuse(`"${model.id}" is named twice`);
    models.set(model.id, model);
  }
  return [...models.values()];
}

/** The models in the form of `GET /models`. */
export function modelInfos<Provider extends string>(models: readonly ConfiguredModel<Provider>[]) {
  return models.map(({ id, provider, concurrency, requestsPerMinute, price }, index) => ({
    id,
    provider,
    default: index === 0,
    concurrency,
    requests_per_minute: requestsPerMinute,
    price_usd_per_million_tokens: price && {
      input: price.input,
      cached_input: price.cachedInput,
      output: price.output,
    },
  }));
}

/** @throws ConfigurationError if there are models of the provider openai, but neither a key nor another server's address */
export function requireProviders(
  models: readonly ConfiguredModel<string>[],
  openAi: { key: string | undefined; baseUrl: string | undefined },
): void {
  if (openAi.key !== undefined || openAi.baseUrl !== undefined) return;
  if (models.every(({ provider }) => provider !== 'openai')) return;
  refuse(
    'it has models of the provider openai; set OPENAI_API_KEY, or OPENAI_BASE_URL where another server is to be asked',
  );
}

function parseModel<Provider extends string>(
  entry: string,
  providers: readonly Provider[],
): ConfiguredModel<Provider> {
  const [head = '', ...rest] = entry.split(';').map((part) => part.trim());
  const [id, name = id] = keyAndValue(head);
  if (!MODEL_ID.test(id)) refuse(`"${head}" is not a model name (letters, digits and . _ : / - are)`);
  const provider = providers.find((known) => known === name);
  if (!provider)
    refuse(`"${name}" is not a provider; write ${id}=<provider> with one of ${providers.join(', ')}`);
  const options = parseOptions(id, rest);
  return {
    id,
    provider,
    providerModel: options.get('model') ?? id,
    concurrency: limitOf(id, 'concurrency', options),
    requestsPerMinute: limitOf(id, 'rpm', options),
    price: priceOf(id, options),
  };
}

function parseOptions(id: string, texts: readonly string[]): Map<Option, string> {
  const options = new Map<Option, string>();
  for (const text of texts) {
    const [key, value = ''] = keyAndValue(text);
    const option = OPTIONS.find((known) => known === key);
    if (!option) refuse(`"${key}" of "${id}" is not an option; these are: ${OPTIONS.join(', ')}`);
    if (value === '') refuse(`${option} of "${id}" has no value`);
    if (options.has(option)) refuse(`${option} of "${id}" is given twice`);
    options.set(option, value);
  }
  return options;
}

/** The value may itself contain `=`, as some providers' model names do. */
function keyAndValue(text: string): [key: string, value?: string] {
  const at = text.indexOf('=');
  return at < 0 ? [text] : [text.slice(0, at).trim(), text.slice(at + 1).trim()];
}

function limitOf(id: string, option: Option, options: ReadonlyMap<Option, string>): number | null {
  const text = options.get(option);
  if (text === undefined) return null;
  const limit = Number(text);
  if (!Number.isInteger(limit) || limit < 1 || limit > LIMIT_MAX)
    refuse(`${option} of "${id}" must be a whole number from 1 to ${LIMIT_MAX}, got "${text}"`);
  return limit;
}

/** Cached input costs the same as other input unless it has its own price. */
function priceOf(id: string, options: ReadonlyMap<Option, string>): ModelPrice | null {
  const input = dollarsOf(id, 'input_price', options);
  const cachedInput = dollarsOf(id, 'cached_input_price', options);
  const output = dollarsOf(id, 'output_price', options);
  if (input === null && output === null && cachedInput === null) return null;
  if (input === null || output === null) refuse(`"${id}" needs both input_price and output_price, or none`);
  return { input, cachedInput: cachedInput ?? input, output };
}

function dollarsOf(id: string, option: Option, options: ReadonlyMap<Option, string>): number | null {
  const text = options.get(option);
  if (text === undefined) return null;
  const dollars = Number(text);
  if (!Number.isFinite(dollars) || dollars < 0)
    refuse(`${option} of "${id}" must be dollars for a million tokens, got "${text}"`);
  return dollars;
}

function refuse(reason: string): never {
  refuseVariable('MODELS', reason);
}
