import { expect, test } from 'bun:test';
import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { repositoryRoot } from '@millrace/devstack';
import rootPackage from '../package.json';
import { temporaryFolder } from '../tests/temporary-folder.ts';

/** Runs the command of a package.json script, without the installation before it. */
async function run(name: keyof typeof rootPackage.scripts, args: readonly string[], cwd: string) {
  const script = rootPackage.scripts[name].split(' ').at(-1)!;
  const child = Bun.spawn([process.execPath, join(repositoryRoot, script), ...args], {
    cwd,
    env: { ...process.env, DATABASE_URL: undefined },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const [output, errors, code] = await Promise.all([
    new Response(child.stdout).text(),
    new Response(child.stderr).text(),
    child.exited,
  ]);
  return { output, errors, code };
}

test.each(['up', 'keys', 'migrate', 'mcp:config', 'mcp:bundle', 'bench'] as const)(
  '`bun run %s --help` prints its usage and does nothing; unknown options are refused',
  async (name) => {
    await using folder = await temporaryFolder();
    const { output, errors, code } = await run(name, ['--help'], folder.path);
    expect({ errors, code }).toEqual({ errors: '', code: 0 });
    expect(output).toStartWith(`bun run ${name}`);
    const refused = await run(name, ['--wat'], folder.path);
    expect(refused.code).not.toBe(0);
    expect(refused.output + refused.errors).toContain("Unknown option '--wat'");
    expect(await readdir(folder.path)).toEqual([]);
  },
  60_000,
);
