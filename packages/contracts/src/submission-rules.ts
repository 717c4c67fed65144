import { excerpt } from './error-message.ts';
import type { ModelProvider } from './model.ts';
import type { MODEL_PARAMETERS } from './model-parameters.ts';
import type { FieldError } from './problem.ts';
import type { TaskCreate } from './task-create.ts';

const NAME_LENGTH_MAX = 100;

interface Unsupported {
  readonly parameters: readonly (typeof MODEL_PARAMETERS)[number][];
  readonly because: string;
}

/** What a provider cannot honour is refused, so that nobody relies on it; the simulated one takes what a real one would. */
const UNSUPPORTED: Record<ModelProvider, Unsupported | null> = {
  builtin: {
    parameters: ['system', 'temperature', 'max_output_tokens', 'response_format'],
    because: 'it reads requests for tools by fixed rules',
  },
  simulated: { parameters: ['response_format'], because: 'it repeats the beginning of the prompt' },
  openai: null,
};

/** What a submission is checked against, besides its schema. */
export interface SubmissionRules {
  /** The one that the task names, or the default. */
  readonly model: { readonly id: string; readonly provider: ModelProvider };
  readonly toolNames: readonly string[];
}

/** What is wrong with a submission as a whole, once each field by itself is valid. */
export function submissionErrors(create: TaskCreate, { model, toolNames }: SubmissionRules): FieldError[] {
  return [
    ...unsupported(create, model),
    ...unknownTools(create, toolNames),
    ...mismatchedSchema(create),
    ...twoStarts(create),
  ];
}

function unsupported(create: TaskCreate, { id, provider }: SubmissionRules['model']): FieldError[] {
  const { parameters = [], because } = UNSUPPORTED[provider] ?? {};
  const message = `is not supported by the model ${id}: ${because}; leave it out or name another model`;
  return parameters
    .filter((parameter) => create[parameter] !== undefined)
    .map((parameter) => ({ field: `/${parameter}`, message }));
}

function unknownTools({ tools = [] }: TaskCreate, known: readonly string[]): FieldError[] {
  const message = `must be one of ${known.join(', ')}, got `;
  return tools.flatMap((name, index) =>
    known.includes(name)
      ? []
      : [{ field: `/tools/${index}`, message: message + JSON.stringify(excerpt(name, NAME_LENGTH_MAX)) }],
  );
}

function mismatchedSchema({ response_format: format }: TaskCreate): FieldError[] {
  if (!format || (format.type === 'json_schema') === (format.json_schema !== undefined)) return [];
  const message = format.json_schema
    ? `belongs to the type json_schema, not to ${format.type}`
    : 'is required by the type json_schema';
  return [{ field: '/response_format/json_schema', message }];
}

function twoStarts({ run_at, delay_ms }: TaskCreate): FieldError[] {
  if (run_at === undefined || delay_ms === undefined) return [];
  return [{ field: '/delay_ms', message: 'must not come with run_at; leave one out' }];
}
