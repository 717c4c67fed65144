import { expect, test } from 'bun:test';
import { mkdir, mkdtemp, rm, symlink } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { repositoryRoot } from './stack/part-definitions.ts';

/** The type-related options of `bun init`. */
const compilerOptions = {
  lib: ['ESNext'],
  target: 'ESNext',
  module: 'Preserve',
  moduleResolution: 'bundler',
  allowImportingTsExtensions: true,
  verbatimModuleSyntax: true,
  noEmit: true,
  strict: true,
  skipLibCheck: true,
  noFallthroughCasesInSwitch: true,
  noUncheckedIndexedAccess: true,
  noImplicitOverride: true,
  types: ['bun'],
};

test('a project that links the package, with the options of bun init, gets no type errors from it', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'millrace-linked-'));
  try {
    await mkdir(join(folder, 'node_modules/@millrace'), { recursive: true });
    await symlink(join(repositoryRoot, 'packages/devstack'), join(folder, 'node_modules/@millrace/devstack'));
    await symlink(join(repositoryRoot, 'node_modules/@types'), join(folder, 'node_modules/@types'));
    await Bun.write(join(folder, 'tsconfig.json'), JSON.stringify({ compilerOptions, files: ['suite.ts'] }));
    await Bun.write(
      join(folder, 'suite.ts'),
      `import { type Stack, startStack } from '@millrace/devstack';
      export const stack: Promise<Stack> = startStack({ dataDir: 'x', executors: 2 });`,
    );
    const { stdout, exitCode } = Bun.spawnSync(
      [process.execPath, 'x', '--no-install', 'tsc', '--project', folder],
      { cwd: repositoryRoot },
    );
    expect({ errors: stdout.toString(), exitCode }).toEqual({ errors: '', exitCode: 0 });
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}, 60_000);
