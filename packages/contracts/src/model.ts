import { type Static, Type } from '@sinclair/typebox';
import { Nullable } from './nullable.ts';
import { StrictObject } from './strict-object.ts';
import { ExtensibleEnum } from './string-enum.ts';

/** `openai` is any service that speaks OpenAI's chat completions. */
export const MODEL_PROVIDERS = ['builtin', 'simulated', 'openai'] as const;
export type ModelProvider = (typeof MODEL_PROVIDERS)[number];

const Price = Type.Number({ minimum: 0 });

export const ModelInfo = StrictObject({
  id: Type.String({ description: 'What a task names as its `model`' }),
  provider: ExtensibleEnum(MODEL_PROVIDERS, 'Where the model is; later versions may add providers'),
  default: Type.Boolean({ description: 'Used when a task names no model' }),
  concurrency: Nullable(
    Type.Integer({ minimum: 1, description: 'Calls at once, over all executors; null for no limit' }),
  ),
  requests_per_minute: Nullable(
    Type.Integer({ minimum: 1, description: 'Over all executors; null for no limit' }),
  ),
  price_usd_per_million_tokens: Nullable(
    StrictObject(
      { input: Price, cached_input: Price, output: Price },
      { description: 'Null where no price is configured' },
    ),
  ),
});

export const ModelList = StrictObject({ models: Type.Array(ModelInfo) });
export type ModelList = Static<typeof ModelList>;
