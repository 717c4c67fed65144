import { expect, test } from 'bun:test';
import { parseModels } from './models.ts';

const PROVIDERS = ['builtin', 'simulated', 'openai'] as const;
const plain = { concurrency: null, requestsPerMinute: null, price: null };

test('a bare name is its own provider, and the first is the default', () => {
  expect(parseModels('builtin, gpt-4=simulated', PROVIDERS)).toEqual([
    { id: 'builtin', provider: 'builtin', providerModel: 'builtin', ...plain },
    { id: 'gpt-4', provider: 'simulated', providerModel: 'gpt-4', ...plain },
  ]);
});

test("options give the provider's name for a model, its limits and its price", () => {
  const [model] = parseModels(
    'fast=openai; model=gpt-4.1-mini; concurrency=8; rpm=500; input_price=0.4; output_price=1.6',
    PROVIDERS,
  );
  expect(model).toEqual({
    id: 'fast',
    provider: 'openai',
    providerModel: 'gpt-4.1-mini',
    concurrency: 8,
    requestsPerMinute: 500,
    price: { input: 0.4, cachedInput: 0.4, output: 1.6 },
  });
});

test('a model may be free and allow any number of calls', () => {
  const [model] = parseModels('a=openai;rpm=1000000;input_price=0;output_price=0', PROVIDERS);
  expect(model).toMatchObject({
    requestsPerMinute: 1_000_000,
    price: { input: 0, cachedInput: 0, output: 0 },
  });
});

test("a provider's model names may contain an equals sign", () => {
  const [model] = parseModels('a=openai;model=tuned=2026=b', PROVIDERS);
  expect(model?.providerModel).toBe('tuned=2026=b');
});

test.each([
  ['gpt-4', /"gpt-4" is not a provider; write gpt-4=<provider> with one of builtin, simulated, openai/],
  ['builtin,,simulated', /"" is not a model name/],
  ['builtin,builtin', /named twice/],
  ['a b=builtin', /"a b=builtin" is not a model name/],
  ['a=openai;speed=3', /"speed" of "a" is not an option; these are: model, concurrency, rpm/],
  ['a=openai;rpm=0', /rpm of "a" must be a whole number from 1 to 1000000, got "0"/],
  ['a=openai;concurrency=3000000000', /concurrency of "a" must be a whole number from 1 to 1000000/],
  ['a=openai=b', /"openai=b" is not a provider; write a=<provider> with/],
  ['a=openai;rpm=', /rpm of "a" has no value/],
  ['a=openai;rpm=1;rpm=2', /rpm of "a" is given twice/],
  ['a=openai;input_price=1', /"a" needs both input_price and output_price, or none/],
  ['a=openai;cached_input_price=1', /"a" needs both input_price and output_price, or none/],
  [
    'a=openai;input_price=x;output_price=1',
    /input_price of "a" must be dollars for a million tokens, got "x"/,
  ],
  ['a=openai;input_price=0;output_price=-1', /output_price of "a" must be dollars .*, got "-1"/],
])('refuses %p', (text, message) => {
  expect(() => parseModels(text, PROVIDERS)).toThrow(message);
});
