import { expect, test } from 'bun:test';
import { parseModels } from './models.ts';

const PROVIDERS = ['builtin', 'simulated'] as const;

test('a name alone is its own provider, and the first is the default', () => {
  expect(parseModels('builtin, gpt-4=simulated', PROVIDERS)).toEqual([
    { id: 'builtin', provider: 'builtin' },
    { id: 'gpt-4', provider: 'simulated' },
  ]);
});

test.each([
  ['gpt-4', /"gpt-4" is not a provider; these are: builtin, simulated/],
  ['builtin,,simulated', /"" is not a model name/],
  ['builtin,builtin', /named twice/],
  ['a b=builtin', /"a b=builtin" is not a model name/],
])('refuses %p', (text, message) => {
  expect(() => parseModels(text, PROVIDERS)).toThrow(message);
});
