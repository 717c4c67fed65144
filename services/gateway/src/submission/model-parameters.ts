import type { FieldError, MODEL_PARAMETERS, ModelProvider, TaskCreate } from '@millrace/contracts';
import type { ConfiguredModel } from '@millrace/runtime';
import { builtinTools } from '@millrace/tools';
import { excerpt } from '../http/problem.ts';

interface Unsupported {
  readonly parameters: readonly (typeof MODEL_PARAMETERS)[number][];
  readonly because: string;
}

/** What makes no difference to a provider's answers is refused, so that nobody relies on it. */
const UNSUPPORTED: Record<ModelProvider, Unsupported | null> = {
  builtin: {
    parameters: ['system', 'temperature', 'max_output_tokens', 'response_format'],
    because: 'it reads requests for tools by fixed rules',
  },
  simulated: { parameters: ['response_format'], because: 'it repeats the beginning of the prompt' },
  openai: null,
};

const TOOL_NAMES = builtinTools.map(({ name }) => name);

/** What is wrong with how a task wants its model to be asked, once each field by itself is valid. */
export function modelParameterErrors(
  create: TaskCreate,
  model: Pick<ConfiguredModel<ModelProvider>, 'id' | 'provider'>,
): FieldError[] {
  return [...unsupported(create, model), ...unknownTools(create), ...mismatchedSchema(create)];
}

function unsupported(create: TaskCreate, { id, provider }: Parameters<typeof modelParameterErrors>[1]) {
  const { parameters = [], because } = UNSUPPORTED[provider] ?? {};
  const message = `is not supported by the model ${id}: ${because}; leave it out or name another model`;
  return parameters
    .filter((parameter) => create[parameter] !== undefined)
    .map((parameter) => ({ field: `/${parameter}`, message }));
}

function unknownTools({ tools = [] }: TaskCreate): FieldError[] {
  const message = `must be one of ${TOOL_NAMES.join(', ')}, got `;
  return tools.flatMap((name, index) =>
    TOOL_NAMES.includes(name)
      ? []
      : [{ field: `/tools/${index}`, message: message + JSON.stringify(excerpt(name)) }],
  );
}

function mismatchedSchema({ response_format: format }: TaskCreate): FieldError[] {
  if (!format || (format.type === 'json_schema') === (format.json_schema !== undefined)) return [];
  const message = format.json_schema
    ? `belongs to the type json_schema, not to ${format.type}`
    : 'is required by the type json_schema';
  return [{ field: '/response_format/json_schema', message }];
}
