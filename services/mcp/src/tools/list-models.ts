import { ModelList } from '@millrace/contracts';
import { modelInfos } from '@millrace/runtime';
import { report } from '../content/report.ts';
import { defineTool, READS } from './tool.ts';

export const listModels = defineTool({
  name: 'list_models',
  title: 'List models',
  description:
    'Lists the models that a Millrace task can name, the default first, with their limits and prices. The provider ' +
    '`builtin` reads requests for tools (calculations, the time, writing a file) in English and Chinese, and nothing ' +
    'else. Takes no arguments.',
  annotations: READS,
  input: {},
  output: ModelList.properties,
  async run({ models }) {
    return { models: modelInfos(models) };
  },
  describe: ({ models }) => report(...models.map(describeModel)),
});

function describeModel(model: ModelList['models'][number]): string {
  const { price_usd_per_million_tokens: price } = model;
  const facts = [
    model.default ? 'the default' : null,
    model.concurrency && `${model.concurrency} calls at once`,
    model.requests_per_minute && `${model.requests_per_minute} calls a minute`,
    price && `${price.input} US dollars for a million input tokens, ${price.output} for output`,
  ].filter(Boolean);
  return `- ${model.id} (${model.provider})${facts.length > 0 ? `: ${facts.join(', ')}` : ''}`;
}
