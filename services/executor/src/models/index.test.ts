import { afterEach, describe, expect, test } from 'bun:test';
import { MODEL_PROVIDERS } from '@millrace/contracts';
import { parseModels } from '@millrace/runtime';
import { createModels, type ModelOptions } from './index.ts';

const warnings: unknown[] = [];
afterEach(() => warnings.splice(0));

function create(models: string, options: Partial<ModelOptions> = {}) {
  return createModels(parseModels(models, MODEL_PROVIDERS), {
    simulatedLatencyMs: 0,
    openAiKey: undefined,
    openAiBaseUrl: undefined,
    turnsMax: 20,
    logger: { warn: (_, message) => warnings.push(message) },
    ...options,
  });
}

describe('the configured models', () => {
  test('each have something that runs them', async () => {
    const models = await create('builtin,fast=simulated,gpt=openai', { openAiKey: 'key' });
    expect([...models.keys()]).toEqual(['builtin', 'fast', 'gpt']);
  });

  test('may do without a key if another server is used', async () => {
    expect(await create('llama=openai', { openAiBaseUrl: 'http://127.0.0.1:11434/v1' })).toHaveProperty(
      'size',
      1,
    );
  });

  test.each(['openAiKey', 'openAiBaseUrl'])('come with a warning if none uses %s', async (option) => {
    const options = { [option]: 'http://127.0.0.1:11434/v1' };
    await create('gpt=openai', options);
    expect(warnings).toEqual([]);
    await create('builtin,gpt-4=builtin', options);
    expect(warnings).toEqual([expect.stringContaining('such as gpt-4=openai')]);
  });

  test('are refused if the provider of one is not configured, with both ways to configure it', async () => {
    const refused = create('builtin,gpt=openai');
    await expect(refused).rejects.toThrow(/OPENAI_API_KEY.*OPENAI_BASE_URL/);
    await expect(refused).rejects.toHaveProperty('name', 'ConfigurationError');
  });

  test.each(['http://h:99999/v1', 'http://[::1/v1'])(
    'are refused if %p is the base URL',
    async (openAiBaseUrl) => {
      const refused = create('gpt=openai', { openAiBaseUrl });
      await expect(refused).rejects.toThrow(/OPENAI_BASE_URL: .* is not a valid URL/);
      await expect(refused).rejects.toHaveProperty('name', 'ConfigurationError');
    },
  );
});
