import { expect, test } from 'bun:test';
import { loggedError } from './logged-error.ts';

test('row data in a Postgres error is not logged, but stays in the error itself', () => {
  const refused = Object.assign(new Error('refused'), {
    code: '23505',
    detail: 'Key (id)=(1) already exists.',
    where: "unnamed portal parameter $1 = '1'",
  });
  const logged = loggedError(new Error('could not store', { cause: refused })) as Error;
  expect(logged.message).toBe('could not store');
  expect(logged.cause).toMatchObject({ message: 'refused', code: '23505' });
  expect(logged.cause).not.toHaveProperty('detail');
  expect(logged.cause).not.toHaveProperty('where');
  expect(refused.detail).toBe('Key (id)=(1) already exists.');
});

test('an unparsable address is left out', () => {
  let refused: unknown;
  try {
    new URL('postgres://user:sec#ret@host/database');
  } catch (error) {
    refused = error;
  }
  expect(refused).toHaveProperty('input');
  expect(Bun.inspect(loggedError(refused))).not.toContain('sec');
});

test('circular causes come to an end', () => {
  const first = new Error('first');
  const second = new Error('second', { cause: first });
  first.cause = second;
  expect((loggedError(first) as Error).message).toBe('first');
});
