import { expect, test } from 'bun:test';
import { join } from 'node:path';
import { freePort, repositoryRoot, startPostgres } from '@millrace/devstack';
import { temporaryFolder } from '../temporary-folder.ts';

const commandOfImages = 'packages/access/src/command/keys-command.ts';

async function keys(
  args: readonly string[],
  env: Record<string, string | undefined> = {},
  script = 'scripts/keys.ts',
) {
  const child = Bun.spawn([process.execPath, join(repositoryRoot, script), ...args], {
    env: { ...process.env, DATABASE_URL: undefined, ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const [output, errors, code] = await Promise.all([
    new Response(child.stdout).text(),
    new Response(child.stderr).text(),
    child.exited,
  ]);
  return { output, errors, code };
}

test('without DATABASE_URL, keys are created in the embedded database, wherever it listens now', async () => {
  await using folder = await temporaryFolder('with a space');
  const dataDir = folder.path;
  const where = ['--data-dir', dataDir];
  const none = await keys(['create', '--name', 'me', ...where]);
  expect(none).toMatchObject({ output: '', code: 1 });
  expect(none.errors).toMatch(/^There is no database in .*\n {2}Run `bun run up` once/);

  const options = { dataDir: join(dataDir, 'postgres'), settings: { fsync: false } };
  await using postgres = await startPostgres(options);
  const env = { POSTGRES_PORT: String(await freePort()) };
  const created = await keys(['create', '--name', 'me', ...where], env);
  expect(created).toMatchObject({ errors: '', code: 0 });
  expect(created.output).toMatch(/^mrt_\S{43}\n/);
  expect((await keys(['list', ...where], env)).output).toContain('  me  owner me  tasks:read tasks:write  ');
  expect((await keys(['list'], { DATABASE_URL: postgres.url })).output).toContain('  me  owner me  ');

  // The revoke command it prints works: same database, same form of invocation.
  const [, revoke] = created.output.trim().split('To revoke it: bun run keys ');
  const { stdout } = Bun.spawnSync(['sh', '-c', `printf '%s\\0' ${revoke}`]);
  const words = stdout.toString().split('\0').slice(0, -1);
  expect((await keys(words, env)).output).toStartWith('Revoked me (');
  const inImage = await keys(['create', '--name', 'me'], { DATABASE_URL: postgres.url }, commandOfImages);
  expect(inImage.output).toMatch(/To revoke it: keys revoke \S+\n$/);

  await postgres.stop();
  const stopped = await keys(['list', ...where], env);
  expect(stopped.code).toBe(1);
  expect(stopped.errors).toMatch(/^The database in .* is not running\.\n {2}Start it with `bun run up`/);
}, 120_000);

test('in the images the command ignores the folder of a checkout', async () => {
  const refused = await keys(['list', '--data-dir', '/data'], {}, commandOfImages);
  expect(refused.errors).toContain('--data-dir works only in a checkout');
  expect(refused.code).toBe(1);
});
