import { ConfigurationError } from './environment.ts';

export interface ConfiguredModel<Provider extends string> {
  readonly id: string;
  readonly provider: Provider;
}

const MODEL_ID = /^[A-Za-z0-9][A-Za-z0-9._:/-]{0,127}$/;

/**
 * Reads `MODELS`: `name` or `name=provider`, separated by commas; a name alone is its own provider. The first is the
 * default.
 *
 * @throws ConfigurationError for a malformed or repeated name, or an unknown provider
 */
export function parseModels<Provider extends string>(
  text: string,
  providers: readonly Provider[],
): readonly ConfiguredModel<Provider>[] {
  const models = new Map<string, ConfiguredModel<Provider>>();
  for (const entry of text.split(',').map((part) => part.trim())) {
    const [id = '', name = id] = entry.split('=').map((part) => part.trim());
    const provider = providers.find((known) => known === name);
    if (!MODEL_ID.test(id)) refuse(`"${entry}" is not a model name (letters, digits and . _ : / - are)`);
    if (!provider) refuse(`"${name}" is not a provider; these are: ${providers.join(', ')}`);
    if (models.has(id)) refuse(`"${id}" is named twice`);
    models.set(id, { id, provider });
  }
  return [...models.values()];
}

function refuse(reason: string): never {
  throw new ConfigurationError(`The environment is not valid:\n  MODELS: ${reason}`);
}
