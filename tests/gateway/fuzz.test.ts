import { expect, test } from 'bun:test';
import { MODEL_PROVIDERS, Problem } from '@millrace/contracts';
import { parseModels } from '@millrace/runtime';
import { Value } from '@sinclair/typebox/value';
import { shared } from '../shared.ts';
import { createTestDatabase } from '../test-database.ts';
import { createGateway } from './gateway.ts';
import { oddRequest } from './odd-request.ts';
import { createRandom } from './random.ts';

const SEEDS = 3000;

const database = shared(() => createTestDatabase(1));
// The odd values include an "x", which every parameter accepts.
const models = parseModels('builtin,x=openai', MODEL_PROVIDERS);
const gateway = shared(() => createGateway(database.db, { models }));

/** The generator is only worth something if it reaches every kind of refusal, and some acceptance. */
const STATUSES_REACHED = [200, 202, 204, 207, 400, 404, 405, 409, 413, 415, 422];

test(`${SEEDS} malformed requests: none is answered with a server error`, async () => {
  const statuses = new Map<number, number>();
  for (let seed = 1; seed <= SEEDS; seed++) {
    const { method, path, headers, body } = oddRequest(createRandom(seed));
    const response = await gateway.send(method, path, body, headers);
    const text = await response.text();
    if (response.status >= 500)
      throw new Error(`seed ${seed}: ${method} ${path} gave ${response.status} ${text}`);
    if (response.status >= 400 && method !== 'HEAD') {
      const type = response.headers.get('content-type');
      const errors = [...Value.Errors(Problem, JSON.parse(text))];
      expect({ seed, type, errors }).toEqual({ seed, type: 'application/problem+json', errors: [] });
    }
    statuses.set(response.status, (statuses.get(response.status) ?? 0) + 1);
  }
  expect([...statuses.keys()].sort()).toEqual(STATUSES_REACHED);
}, 60_000);
