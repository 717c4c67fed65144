import { expect, test } from 'bun:test';
import { cancel, findFinished, UNRESTRICTED } from '@millrace/db';
import { openPool } from '../test-database.ts';

const ANY_ID = '00000000-0000-0000-0000-000000000000';

// Without patches/postgres@3.4.9.patch the stack ends one function earlier, at Database.query, which is the same for all.
test('an error that is logged names the verb whose statement failed', async () => {
  await using db = openPool('postgres://localhost:1/none');
  const stackOf = (failing: Promise<unknown>) => failing.catch(({ stack }: Error) => stack);
  expect(await stackOf(findFinished(db, [ANY_ID]))).toContain('find-finished.ts');
  expect(await stackOf(cancel(db, UNRESTRICTED, ANY_ID))).toContain('cancel.ts');
});
