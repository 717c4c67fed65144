import { beforeAll, expect, test } from 'bun:test';
import { TaskBatchCreate, TaskCreate, TaskRetryFilter } from '@millrace/contracts';
import { FormatRegistry } from '@sinclair/typebox';
import { Value } from '@sinclair/typebox/value';
import Ajv from 'ajv/dist/2020';
import fc from 'fast-check';
import { shared } from '../shared.ts';
import { createTestDatabase } from '../test-database.ts';
import { createGateway } from './gateway.ts';

let ajv: Ajv;
const database = shared(() => createTestDatabase(1));
beforeAll(async () => {
  const answer = await createGateway(database.db).send('GET', '/swagger/json');
  ajv = new Ajv({ strict: false });
  for (const name of ['date-time', 'text']) ajv.addFormat(name, (text) => FormatRegistry.Get(name)!(text));
  ajv.addSchema((await answer.json()) as object, 'api');
}, 60_000);

const key = fc.oneof(fc.stringMatching(/^[a-z]{1,2}$/), fc.string({ maxLength: 66 }));
const text = fc.oneof(fc.string(), fc.constantFrom('x', 'FAILED', ' ', '\u0000', '2026-11-23T08:30:00Z'));
const number = fc.oneof(
  fc.integer({ min: -1, max: 20 }),
  fc.constantFrom(-0, 0.5, 2.0, 99, 100, 1000, 1001, 3.6e6, 3.6e6 + 1, 1e21),
);
const names = fc.array(fc.constantFrom('time', 'calculator', ''), { maxLength: 3 });
const anything = fc.oneof(
  text,
  number,
  names,
  fc.boolean(),
  fc.constant(null),
  fc.dictionary(key, fc.oneof(text, number), { maxKeys: 18 }),
  fc.record({
    type: fc.constantFrom('json_schema', 'json_object', 'text'),
    // OpenAPI cannot express that a text cannot be stored.
    json_schema: fc.record({ name: key, schema: fc.dictionary(key, number) }),
  }),
);

/** Some of the fields, few enough that a body is sometimes valid, and perhaps one that no schema has. */
function bodyOf({ properties }: { readonly properties: object }, required: object) {
  const names = [...Object.keys(properties), 'extra'];
  const field = fc.tuple(fc.constantFrom(...names), anything);
  return fc.array(field, { maxLength: 2 }).map((fields) => ({ ...required, ...Object.fromEntries(fields) }));
}

const task = bodyOf(TaskCreate, { prompt: 'x' });

test.each([
  ['TaskCreate', TaskCreate, task],
  ['TaskBatchCreate', TaskBatchCreate, bodyOf(TaskBatchCreate, { tasks: [{ prompt: 'x' }] })],
  ['TaskBatchCreate', TaskBatchCreate, fc.record({ tasks: fc.array(task, { maxLength: 2 }) })],
  ['TaskRetryFilter', TaskRetryFilter, bodyOf(TaskRetryFilter, { status: 'FAILED' })],
])('/swagger/json accepts and refuses as %s what the gateway does', (name, schema, bodies) => {
  let taken = 0;
  const check = fc.property(bodies, (body) => {
    const good = Value.Check(schema, body);
    if (good) taken++;
    expect(ajv.validate(`api#/components/schemas/${name}`, body)).toBe(good);
  });
  fc.assert(check, { numRuns: 3000, seed: 1 });
  // A generator of only invalid or only valid bodies would prove nothing.
  expect(taken).toBeGreaterThan(100);
  expect(taken).toBeLessThan(2900);
});
