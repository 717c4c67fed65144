import { describe, expect, test } from 'bun:test';
import { TaskListQuery } from '@millrace/contracts';
import { TypeCompiler } from '@sinclair/typebox/compiler';
import { ProblemError } from './problem.ts';
import { readQuery } from './query.ts';

const validator = TypeCompiler.Compile(TaskListQuery);
const read = (query: string) => readQuery(`http://gateway/tasks${query}`, validator);

function errors(query: string) {
  try {
    read(query);
  } catch (error) {
    if (error instanceof ProblemError) return error.problem.errors;
    throw error;
  }
  throw new Error('was not refused');
}

describe('accepts', () => {
  test.each([
    ['', {}],
    ['?', {}],
    ['?limit=20&priority=0', { limit: 20, priority: 0 }],
    ['?text=1%2B1+%E8%AE%A1&&status=PENDING', { text: '1+1 计', status: 'PENDING' }],
    ['?created_after=2026-11-23T08:30:00%2B01:00', { created_after: '2026-11-23T08:30:00+01:00' }],
  ])('%p', (query, expected) => {
    expect(read(query) as object).toEqual(expected);
  });
});

describe('refuses', () => {
  test.each([
    ['?limit=1e1', 'limit', /must be an integer, got "1e1"/],
    ['?limit=', 'limit', /must be an integer/],
    ['?limit=0x10', 'limit', /must be an integer/],
    ['?limit=%2010', 'limit', /must be an integer/],
    ['?limit=101', 'limit', /at most 100/],
    ['?limit=-1', 'limit', /at least 1/],
    ['?limit=9999999999999999999999', 'limit', /must be an integer/],
    ['?limit=1&limit=1', 'limit', /more than once/],
    ['?page=2', 'page', /not a known field; known fields are status, model/],
    ['?__proto__=1', '__proto__', /not a known field/],
    ['?constructor=1', 'constructor', /not a known field/],
    ['?a%2Fb=1', 'a/b', /not a known field/],
    ['?text=%FF', 'text', /percent-encoded UTF-8/],
    ['?text=100%', 'text', /write % as %25/],
    ['?%zz=1', '%zz', /percent-encoded/],
    ['?text=%00', 'text', /NUL/],
    ['?text', 'text', /must not be empty/],
    ['?status=pending', 'status', /one of PENDING, RUNNING/],
    ['?cursor=1', 'cursor', /must be next_cursor of the previous page, got "1"; leave it out/],
    ['?created_after=2026-11-23T08:30:00+01:00', 'created_after', /write \+ as %2B/],
    ['?created_before=2026-02-30T00:00:00Z', 'created_before', /RFC 3339/],
  ])('%s', (query, field, message) => {
    expect(errors(query)).toEqual([{ field, message: expect.stringMatching(message) }]);
  });

  test('several parameters at once, each by its name', () => {
    expect(errors('?limit=0&priority=10&foo=1')?.map(({ field }) => field)).toEqual([
      'foo',
      'priority',
      'limit',
    ]);
  });
});
