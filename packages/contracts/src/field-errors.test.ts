import { expect, test } from 'bun:test';
import { Type } from '@sinclair/typebox';
import { Value } from '@sinclair/typebox/value';
import { describeArgumentErrors, fieldErrors, parameterErrors } from './field-errors.ts';
import { Id } from './formats.ts';
import { StrictObject } from './strict-object.ts';
import { TaskStatus } from './task.ts';
import { PROMPT_LENGTH_MAX, TaskCreate } from './task-create.ts';
import { isStorableText } from './text.ts';

const errorsOf = (body: unknown) => fieldErrors(Value.Errors(TaskCreate, body));
const prompt = 'calculate 1+1';
const SCHEMA = '/response_format/json_schema/schema';
const withSchema = (schema: unknown, changes = {}) => ({
  prompt,
  response_format: { type: 'json_schema', json_schema: { name: 'answer', schema, ...changes } },
});
function nested(levels: number): object {
  return levels === 1 ? {} : { a: nested(levels - 1) };
}

test.each<[unknown, string, RegExp]>([
  [null, '', /^must be an object, got null$/],
  [[], '', /^must be an object, got an array$/],
  ['text', '', /^must be an object, got a string$/],
  [{}, '/prompt', /^is required$/],
  [{ prompt: null }, '/prompt', /^must be a string, got null$/],
  [JSON.parse('{"prompt":"x","temperature":1e400}'), '/temperature', /got a number too large to be read$/],
  [
    JSON.parse('{"prompt":"x","priority":-1e400}'),
    '/priority',
    /integer, got a number too large to be read$/,
  ],
  [{ prompt: '' }, '/prompt', /^must not be empty$/],
  [{ prompt: ' \n' }, '/prompt', /white space only/],
  [{ prompt: 'x'.repeat(PROMPT_LENGTH_MAX + 1) }, '/prompt', /at most 100000 characters, got 100001/],
  [{ prompt: 'a\u0000b' }, '/prompt', /NUL/],
  [{ prompt: 'a\ud800b' }, '/prompt', /lone surrogate/],
  [{ prompt, priority: 10 }, '/priority', /^must be at most 9, got 10$/],
  [{ prompt, priority: -1 }, '/priority', /^must be at least 0, got -1$/],
  [{ prompt, priority: 1.5 }, '/priority', /^must be an integer, got a number with a fraction$/],
  [{ prompt, priority: '5' }, '/priority', /^must be an integer, got a string$/],
  [{ prompt, timeout_ms: Number.POSITIVE_INFINITY }, '/timeout_ms', /must be an integer/],
  [{ prompt, model: 5 }, '/model', /^must be a string, got an integer$/],
  [{ prompt, run_at: 'tomorrow' }, '/run_at', /RFC 3339 time with a zone, such as/],
  [{ prompt, run_at: 'in an hour' }, '/run_at', /such as 2026-11-23T08:30:00Z$/],
  [{ prompt, metadata: { team: true } }, '/metadata/team', /^must be a string, got a boolean$/],
  [{ prompt, metadata: { 'a b': '' } }, '/metadata/a b', /keys of 1–64 letters/],
  [
    { prompt, metadata: Object.fromEntries(Array.from('abcdefghijklmnopq', (key) => [key, ''])) },
    '/metadata',
    /at most 16 entries/,
  ],
  [{ prompt, system: '' }, '/system', /^must not be empty$/],
  [{ prompt, temperature: 2.1 }, '/temperature', /^must be at most 2, got 2.1$/],
  [{ prompt, temperature: -0.5 }, '/temperature', /^must be at least 0, got -0.5$/],
  [{ prompt, temperature: '1' }, '/temperature', /^must be a number, got a string$/],
  [{ prompt, max_output_tokens: 0 }, '/max_output_tokens', /^must be at least 1, got 0$/],
  [{ prompt, tools: 'time' }, '/tools', /^must be an array, got a string$/],
  [{ prompt, tools: ['time', 'time'] }, '/tools', /^must not have duplicate entries$/],
  [{ prompt, tools: ['time', 5] }, '/tools/1', /^must be a string, got an integer$/],
  [{ prompt, response_format: {} }, '/response_format/type', /^is required$/],
  [{ prompt, response_format: { type: 'text' } }, '/response_format/type', /one of json_object, json_schema/],
  [withSchema({}, { name: 'a b' }), '/response_format/json_schema/name', /^must match \^/],
  [withSchema([]), SCHEMA, /^must be an object, got an array$/],
  [withSchema(null), SCHEMA, /^must be an object, got null$/],
  [withSchema({ description: 'a\u0000b' }), SCHEMA, /^must not hold the character NUL or a lone surrogate/],
  [withSchema({ 'a\ud800': 1 }), SCHEMA, /^must not hold the character NUL or a lone surrogate/],
  [withSchema(nested(33)), SCHEMA, /^must not be nested deeper than 32 levels$/],
  [{ prompt, prioritty: 5 }, '/prioritty', /^is not a known field; known fields are prompt, model, priority/],
  [JSON.parse('{"prompt":"x","__proto__":{}}'), '/__proto__', /not a known field/],
  [{ prompt, 'a/b~': 1 }, '/a~1b~0', /not a known field/],
])('%j', (body, field, message) => {
  expect(errorsOf(body)).toEqual([{ field, message: expect.stringMatching(message) }]);
});

test('accepts a schema of the maximum depth', () => {
  expect(errorsOf(withSchema(nested(32)))).toEqual([]);
});

test('names every invalid field once', () => {
  const errors = errorsOf({ priority: 'high', max_attempts: 0, extra: 1 });
  expect(errors.map(({ field }) => field).sort()).toEqual([
    '/extra',
    '/max_attempts',
    '/priority',
    '/prompt',
  ]);
});

test('stays short for a nonsense body', () => {
  const body = Object.fromEntries(Array.from({ length: 5000 }, (_, i) => [`${'x'.repeat(300)}${i}`, i]));
  const errors = errorsOf(body);
  expect(errors).toHaveLength(100);
  expect(JSON.stringify(errors).length).toBeLessThan(50_000);
});

const tool = StrictObject({
  id: { ...Id, description: 'Which one.' },
  status: Type.Optional(TaskStatus),
  count: Type.Optional(Type.Integer({ minimum: 1, description: 'how many' })),
  ratio: Type.Optional(Type.Number({ maximum: 1 })),
  step: Type.Optional(Type.Number({ exclusiveMinimum: 0 })),
  options: Type.Optional(Type.Object({ deep: Type.Boolean({ description: 'all levels' }) })),
});
const id = '0193a3e8-0000-7000-8000-000000000000';

test.each<[unknown, string]>([
  [null, 'the arguments must be an object, got null (with id, status, count, ratio, step, options).'],
  [{}, 'id is required (Which one).'],
  [{ id: 5 }, 'id must be a string, got an integer (Which one).'],
  [{ id: '17' }, 'id must be a UUID, got "17".'],
  [{ id, count: '2' }, 'count must be an integer, got a string (how many).'],
  [{ id, count: 0 }, 'count must be at least 1, got 0.'],
  [{ id, ratio: 1.5 }, 'ratio must be at most 1, got 1.5.'],
  [{ id, ratio: 'all' }, 'ratio must be a number, got a string.'],
  [{ id, step: 0 }, 'step is not valid: expected number to be greater than 0, got 0.'],
  [{ id, options: {} }, 'options/deep is required (all levels).'],
  [{ id, options: [] }, 'options must be an object, got an array (with deep).'],
  [
    { id, status: 'DONE' },
    'status must be one of PENDING, RUNNING, COMPLETED, FAILED, CANCELLED, got "DONE".',
  ],
  [
    { id, status: { is: 'DONE' } },
    'status must be one of PENDING, RUNNING, COMPLETED, FAILED, CANCELLED, got an object.',
  ],
  [
    { id, nope: 1, count: 0 },
    'nope is not a known field; known fields are id, status, count, ratio, step, options. ' +
      'count must be at least 1, got 0.',
  ],
])('tells a model what is wrong with %j', (input, sentences) => {
  expect(describeArgumentErrors(Value.Errors(tool, input))).toBe(sentences);
});

test('leaves descriptions out of fields: clients find them in the OpenAPI document', () => {
  expect(fieldErrors(Value.Errors(tool, { count: '2' }))).toEqual([
    { field: '/id', message: 'is required' },
    { field: '/count', message: 'must be an integer, got a string' },
  ]);
});

test('names parameters without JSON Pointer escapes', () => {
  const schema = StrictObject({ limit: Type.Optional(Type.Integer()) });
  const errors = parameterErrors(Value.Errors(schema, { limit: '', 'a/b~': '' }));
  expect(errors.map(({ field }) => field).sort()).toEqual(['a/b~', 'limit']);
});

const sentencesFor = (input: unknown) => describeArgumentErrors(Value.Errors(tool, input));

test.each<[string, unknown, string]>([
  ['NUL in a name', { id, 'a\u0000b': 1 }, '"a\\u0000b" is not a known field'],
  ['half a surrogate pair in a name', { id, 'a\ud800': 1 }, '"a\\ud800" is not a known field'],
  ['a name whose pair is cut in two', { id, [`${'x'.repeat(198)}😀😀`]: 1 }, `"${'x'.repeat(198)}…" is not`],
  ['NUL in a value', { id: 'a\u0000b' }, 'got "a\\u0000b".'],
  ['a value whose pair is cut in two', { id: `${'x'.repeat(59)}😀` }, `got "${'x'.repeat(59)}…".`],
])('can be stored: %s', (_, input, part) => {
  expect(sentencesFor(input)).toContain(part);
  expect(isStorableText(sentencesFor(input))).toBe(true);
});

test('stays short for nonsense arguments', () => {
  expect(sentencesFor({ id: 'x'.repeat(1_000_000) })).toHaveLength('id must be a UUID, got "…".'.length + 60);
  const names = Array.from({ length: 5000 }, (_, i) => [`${'x'.repeat(300)}${i}`, i]);
  expect(sentencesFor(Object.fromEntries(names)).length).toBeLessThan(3500);
});
