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
interface SubmissionRules {
  /** The one that the task names, or the default. */
  readonly model: { readonly id: string; readonly provider: ModelProvider };
  readonly toolNames: readonly string[];
}

/** What is wrong with a submission as a whole, once each field by itself is valid. */
export function submissionErrors(create: TaskCreate, { model, toolNames }: SubmissionRules): FieldError[] {
  const errors: FieldError[] = [];
  addUnsupported(errors, create, model);
  addUnknownTools(errors, create, toolNames);
  addMismatchedSchema(errors, create);
  addTwoStarts(errors, create);
  return errors;
}

function addUnsupported(
  errors: FieldError[],
  create: TaskCreate,
  { id, provider }: SubmissionRules['model'],
): void {
  const unsupported = UNSUPPORTED[provider];
  if (!unsupported) return;
  for (const parameter of unsupported.parameters) {
    if (create[parameter] === undefined) continue;
    const message = `is not supported by the model ${id}: ${unsupported.because}; leave it out or name another model`;
    errors.push({ field: `/${parameter}`, message });
  }
}

function addUnknownTools(errors: FieldError[], { tools }: TaskCreate, known: readonly string[]): void {
  for (const [index, name] of tools?.entries() ?? []) {
    if (known.includes(name)) continue;
    const got = JSON.stringify(excerpt(name, NAME_LENGTH_MAX));
    errors.push({ field: `/tools/${index}`, message: `must be one of ${known.join(', ')}, got ${got}` });
  }
}

function addMismatchedSchema(errors: FieldError[], { response_format: format }: TaskCreate): void {
  if (!format || (format.type === 'json_schema') === (format.json_schema !== undefined)) return;
  const message = format.json_schema
    ? `belongs to the type json_schema, not to ${format.type}`
    : 'is required by the type json_schema';
  errors.push({ field: '/response_format/json_schema', message });
}

function addTwoStarts(errors: FieldError[], { run_at, delay_ms }: TaskCreate): void {
  if (run_at === undefined || delay_ms === undefined) return;
  errors.push({ field: '/delay_ms', message: 'must not be combined with run_at; leave one out' });
}
