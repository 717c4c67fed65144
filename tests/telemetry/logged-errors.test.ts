import { expect, test } from 'bun:test';
import { fileURLToPath } from 'node:url';
import { createTestDatabase } from '../test-database.ts';

const SECRET = 'mulberry';

test('the parameters of a failed statement are not logged', async () => {
  await using database = await createTestDatabase();
  const script = fileURLToPath(new URL('log-failures.ts', import.meta.url));
  const child = Bun.spawn([process.execPath, script, database.url, SECRET], {
    stdout: 'pipe',
    stderr: 'pipe',
  });
  const [log, errors] = await Promise.all([
    new Response(child.stdout).text(),
    new Response(child.stderr).text(),
    child.exited,
  ]);
  expect(errors).toBe('');
  const lines = log
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line));
  expect(lines.map(({ msg, err: { code } }) => [msg, code])).toEqual([
    ['list, refused', '42P01'],
    ['list, refused, as a cause', undefined],
    ['list, unreachable', 'ECONNREFUSED'],
    ['list, unreachable, as a cause', undefined],
    ['insert, refused', '23502'],
    ['insert, refused, as a cause', undefined],
  ]);
  for (const { err } of lines) {
    expect(err.message).not.toBe('');
    expect(err.stack).toContain(err.message.replace(/^in another: /, ''));
  }
  expect(log).not.toContain(SECRET);
  expect(log).not.toContain('params:');
}, 30_000);
