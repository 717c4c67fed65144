import { describe, expect, test } from 'bun:test';
import { MODEL_PROVIDERS, Task, type TaskBatchAnswer } from '@millrace/contracts';
import { claim, getTask, UNRESTRICTED } from '@millrace/db';
import { parseModels } from '@millrace/runtime';
import { shared } from '../shared.ts';
import { createTestDatabase } from '../test-database.ts';
import { bodyOf, createGateway, problemIn } from './gateway.ts';

const database = shared(createTestDatabase);
const models = parseModels('builtin,simulated,gpt=openai', MODEL_PROVIDERS);
const gateway = shared(() => createGateway(database.db, { models }));

async function submitted(body: object): Promise<Task> {
  const response = await gateway.send('POST', '/tasks', { prompt: 'x', ...body });
  expect({ status: response.status, body }).toEqual({ status: 202, body });
  return bodyOf(Task, response);
}

// Models answer in the order of a schema's properties, so that order has to survive.
const properties = {
  reasoning: { type: 'string' },
  answer: { type: 'number', description: '计算 🎡' },
  a: {},
};
const response_format = {
  type: 'json_schema',
  json_schema: { name: 'a_B-1', schema: { type: 'object', properties }, strict: true },
};
const EVERYTHING = {
  system: ' Be "brief".\n',
  tools: ['time', 'calculator'],
  temperature: 0.7,
  max_output_tokens: 1000,
  response_format,
};

describe('are stored as given, shown, and passed to the executor', () => {
  test.each<[string, object]>([
    ['all of them', { model: 'gpt', ...EVERYTHING }],
    ['nothing but an empty list of tools', { model: 'gpt', tools: [] }],
    ['the bounds', { model: 'gpt', temperature: 0, max_output_tokens: 1_000_000 }],
    ['a JSON object', { model: 'gpt', response_format: { type: 'json_object' } }],
    ['tools of the default model', { tools: ['file_writer'] }],
    ['what a simulated model takes', { model: 'simulated', ...EVERYTHING, response_format: undefined }],
  ])('%s', async (_, given) => {
    const task = await submitted(given);
    const unsaid = {
      system: null,
      tools: null,
      temperature: null,
      max_output_tokens: null,
      response_format: null,
    };
    const shown = { ...unsaid, ...JSON.parse(JSON.stringify(given)) };
    expect(task).toMatchObject(shown);
    expect(JSON.stringify(await getTask(database.db, UNRESTRICTED, task.id))).toBe(JSON.stringify(task));
    const claimed = await claim(database.db, { task_id: task.id, executor: 'a', lease_ms: 60_000 });
    expect(claimed).toMatchObject(shown);
    expect(JSON.stringify(claimed?.response_format)).toBe(JSON.stringify(task.response_format));
  });

  test('in a batch too', async () => {
    const tasks = [{ prompt: 'x', model: 'gpt', ...EVERYTHING }, { prompt: 'x' }];
    const response = await gateway.send('POST', '/tasks/batch', { tasks });
    const { outcomes } = (await response.json()) as TaskBatchAnswer;
    expect(outcomes.map(({ task }) => task)).toMatchObject([EVERYTHING, { system: null, tools: null }]);
    expect(await getTask(database.db, UNRESTRICTED, outcomes[0]!.task!.id)).toEqual(outcomes[0]!.task!);
  });
});

const RULES =
  /^is not supported by the model builtin: it reads requests for tools by fixed rules; leave it out/;
const SCHEMA = { name: 'a', schema: {} };
const inSchema = (schema: unknown) => ({
  model: 'gpt',
  response_format: { type: 'json_schema', json_schema: { name: 'a', schema } },
});
/** An object that holds objects, so many levels deep. */
const nested = (levels: number): object => (levels === 1 ? {} : { a: nested(levels - 1) });

describe('are refused', () => {
  test.each<[object, string, RegExp]>([
    [{ tools: ['time', 'shell'] }, '/tools/1', /^must be one of time, calculator, file_writer, got "shell"$/],
    [{ model: 'gpt', tools: ['Time'] }, '/tools/0', /got "Time"$/],
    [{ model: 'gpt', tools: ['__proto__'] }, '/tools/0', /^must be one of/],
    [{ system: 'Be brief.' }, '/system', RULES],
    [{ temperature: 1 }, '/temperature', RULES],
    [{ max_output_tokens: 5 }, '/max_output_tokens', RULES],
    [{ response_format: { type: 'json_object' } }, '/response_format', RULES],
    [
      { model: 'simulated', response_format },
      '/response_format',
      /^is not supported by the model simulated: it repeats the beginning of the prompt;/,
    ],
    [
      { model: 'gpt', response_format: { type: 'json_schema' } },
      '/response_format/json_schema',
      /^is required by the type json_schema$/,
    ],
    [
      { model: 'gpt', response_format: { type: 'json_object', json_schema: SCHEMA } },
      '/response_format/json_schema',
      /^belongs to the type json_schema, not to json_object$/,
    ],
    [inSchema([]), '/response_format/json_schema/schema', /^must be an object, got an array$/],
    [inSchema({ 'a\u0000': {} }), '/response_format/json_schema/schema', /^must not hold the character NUL/],
    [
      inSchema(nested(33)),
      '/response_format/json_schema/schema',
      /^must not be nested deeper than 32 levels$/,
    ],
    [{ model: 'gpt', temperature: 2.01 }, '/temperature', /^must be at most 2, got 2.01$/],
    [{ model: 'gpt', tools: ['time', 'time'] }, '/tools', /^must not have duplicate entries$/],
    [{ model: 'gpt', system: null }, '/system', /^must be a string, got null$/],
  ])('%j, naming %s', async (given, field, message) => {
    const problem = await problemIn(await gateway.send('POST', '/tasks', { prompt: 'x', ...given }));
    expect(problem).toMatchObject({ status: 422, code: 'validation_failed' });
    expect(problem.errors).toEqual([{ field, message: expect.stringMatching(message) }]);
    expect(problem.detail).toBe(`${field} ${problem.errors![0]!.message}.`);
  });

  test('all in one answer', async () => {
    const body = {
      prompt: 'x',
      ...EVERYTHING,
      tools: ['a', 'time', 'b'],
      run_at: '2999-01-01T00:00:00Z',
      delay_ms: 1,
    };
    const { errors } = await problemIn(await gateway.send('POST', '/tasks', body));
    expect(errors?.map(({ field }) => field)).toEqual([
      '/system',
      '/temperature',
      '/max_output_tokens',
      '/response_format',
      '/tools/0',
      '/tools/2',
      '/delay_ms',
    ]);
  });

  test('in a batch, each by its position', async () => {
    const tasks = [{ prompt: 'x', tools: ['shell'] }, { prompt: 'x' }, { prompt: 'x', system: 'y' }];
    const problem = await problemIn(await gateway.send('POST', '/tasks/batch', { tasks, atomic: true }));
    expect(problem.errors?.map(({ field }) => field)).toEqual(['/tasks/0/tools/0', '/tasks/2/system']);
  });
});

test('are part of what an idempotency key stands for', async () => {
  const send = (body: object) =>
    gateway.send(
      'POST',
      '/tasks',
      { prompt: 'x', ...body },
      {
        'content-type': 'application/json',
        'idempotency-key': 'parameters',
      },
    );
  expect((await send({ model: 'gpt', ...EVERYTHING })).status).toBe(202);
  expect((await send({ ...EVERYTHING, model: 'gpt' })).status).toBe(200);
  for (const name of Object.keys(EVERYTHING)) {
    const problem = await problemIn(await send({ model: 'gpt', ...EVERYTHING, [name]: undefined }));
    expect(problem).toMatchObject({ status: 409, code: 'idempotency_key_reused' });
  }
});
