import { type Static, Type } from '@sinclair/typebox';
import { StringEnum } from './string-enum.ts';

export const MODEL_PROVIDERS = ['builtin', 'simulated'] as const;

export const ModelInfo = Type.Object(
  {
    id: Type.String({ description: 'What a task names as its `model`' }),
    provider: StringEnum(MODEL_PROVIDERS),
    default: Type.Boolean({ description: 'Taken when a task names no model' }),
  },
  { additionalProperties: false },
);
export type ModelInfo = Static<typeof ModelInfo>;

export const ModelList = Type.Object({ models: Type.Array(ModelInfo) }, { additionalProperties: false });
export type ModelList = Static<typeof ModelList>;
