import { type Static, Type } from '@sinclair/typebox';
import { Nullable } from './nullable.ts';
import { StrictObject } from './strict-object.ts';

/** What the model's provider counted, for one turn or added up over a task's current run. */
export const Usage = StrictObject({
  input_tokens: Type.Integer({ minimum: 0, description: 'Of all turns, `cached_tokens` included' }),
  output_tokens: Type.Integer({ minimum: 0 }),
  cached_tokens: Type.Integer({ minimum: 0, description: 'Input that the provider had cached' }),
  cost_usd: Nullable(Type.Number({ minimum: 0, description: 'Null for a model without a price' })),
});
export type Usage = Static<typeof Usage>;
