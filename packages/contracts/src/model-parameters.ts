import { Type } from '@sinclair/typebox';
import { Nullable } from './nullable.ts';
import { StorableJson } from './storable-json.ts';
import { StrictObject } from './strict-object.ts';
import { StringEnum } from './string-enum.ts';
import { Text } from './text.ts';

const OUTPUT_TOKENS_MAX = 1_000_000;
const SYSTEM_LENGTH_MAX = 100_000;
const TOOLS_MAX = 64;

const System = Text({
  minLength: 1,
  maxLength: SYSTEM_LENGTH_MAX,
  description: 'Instructions ahead of the prompt',
});
const Tools = Type.Array(Type.String({ minLength: 1, maxLength: 64 }), {
  maxItems: TOOLS_MAX,
  uniqueItems: true,
  description: 'Names of the tools that may be used: all if left out, none if empty',
});
const Temperature = Type.Number({ minimum: 0, maximum: 2 });
const MaxOutputTokens = Type.Integer({
  minimum: 1,
  maximum: OUTPUT_TOKENS_MAX,
  description: 'Longest answer of the model in one turn; one that reaches it fails with `output_truncated`',
});
/** In the form of OpenAI's chat completions. */
const ResponseFormat = StrictObject(
  {
    type: StringEnum(['json_object', 'json_schema'], {
      description: '`json_schema` needs the field of that name',
    }),
    json_schema: Type.Optional(
      StrictObject({
        name: Type.String({ pattern: '^[A-Za-z0-9_-]{1,64}$' }),
        schema: StorableJson({ description: 'JSON Schema of the answer, nested 32 levels deep at most' }),
        strict: Type.Optional(Type.Boolean()),
      }),
    ),
  },
  { description: 'As in chat completions of OpenAI, for models whose provider supports it' },
);

/** The parameters for the model that a task shows; null where none was given. */
export const ModelParameters = {
  system: Nullable(System),
  tools: Nullable(Tools),
  temperature: Nullable(Temperature),
  max_output_tokens: Nullable(MaxOutputTokens),
  response_format: Nullable(ResponseFormat),
};

/** The same in a submission. */
export const ModelParametersCreate = {
  system: Type.Optional(System),
  tools: Type.Optional(Tools),
  temperature: Type.Optional(Temperature),
  max_output_tokens: Type.Optional(MaxOutputTokens),
  response_format: Type.Optional(ResponseFormat),
};

export const MODEL_PARAMETERS = Object.keys(ModelParametersCreate) as (keyof typeof ModelParametersCreate)[];
