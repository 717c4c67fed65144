import { expect, test } from 'bun:test';
import { join } from 'node:path';
import { repositoryRoot } from '@millrace/devstack';
import rootPackage from '../package.json';
import { temporaryFolder } from '../tests/temporary-folder.ts';

/*
 * A file may import what its workspace's package.json names (Biome's noUndeclaredDependencies). So the manifests are the
 * boundaries, and have to agree with the tables of docs/architecture.md.
 */
const forServices = ['access', 'contracts', 'db', 'runtime', 'stream', 'tools'];

const maySee: Record<string, readonly string[]> = {
  'packages/contracts': [],
  'packages/runtime': [],
  'packages/broker': [],
  'packages/mcp-bundle': [],
  'packages/db': ['contracts'],
  'packages/stream': ['contracts'],
  'packages/tools': ['contracts'],
  'packages/access': ['contracts', 'db', 'runtime'],
  'services/gateway': forServices,
  'services/executor': forServices.filter((name) => name !== 'access'),
  'services/mcp': forServices,
  'services/migrate': ['contracts', 'db', 'runtime'],
};

/** They may import everything of ours. */
const unbounded = ['packages/devstack', 'tests', 'bench'];

const onlyIn: [library: RegExp, workspaces: readonly string[]][] = [
  [/^(elysia|@elysiajs\/.*)$/, ['services/gateway', 'bench']],
  [/^(drizzle-orm|postgres)$/, ['packages/db']],
  [/^kafkajs$/, ['packages/stream', 'tests']],
  [/^@modelcontextprotocol\//, ['services/mcp', 'tests']],
  [/^openai$/, ['services/executor']],
  [/^(prom-client|@opentelemetry\/.*)$/, ['packages/runtime']],
];

const manifests = rootPackage.workspaces.packages.flatMap((folders) => [
  ...new Bun.Glob(`${folders}/package.json`).scanSync(repositoryRoot),
]);

test('every workspace has its place in the tables', () => {
  const workspaces = manifests.map((manifest) => manifest.replace('/package.json', ''));
  expect(workspaces.toSorted()).toEqual([...Object.keys(maySee), ...unbounded].toSorted());
});

test.each(manifests)('%s names only what its workspace may import', async (manifest) => {
  const workspace = manifest.replace('/package.json', '');
  const fields = Object.entries(await Bun.file(join(repositoryRoot, manifest)).json());
  const named = fields.flatMap(([field, value]) =>
    /dependencies$/i.test(field) ? Object.keys(value as object) : [],
  );
  const seen = maySee[workspace]?.map((name) => `@millrace/${name}`);
  const refused = named.filter(
    (name) =>
      (name.startsWith('@millrace/') && seen?.includes(name) === false) ||
      onlyIn.some(([library, workspaces]) => library.test(name) && !workspaces.includes(workspace)),
  );
  expect(refused).toEqual([]);
});

const gateway = 'services/gateway';

test.each([
  ['@millrace/db', true],
  ['@millrace/devstack', false],
  ['../../executor/src/config.ts', false],
  ['../../../tests/waiting.ts', false],
  ['../../../bench/figures.ts', false],
  ['../../../scripts/doc-links.ts', false],
])('the linter lets the gateway import %s: %p', async (target, accepted) => {
  await using folder = await temporaryFolder();
  const root = folder.path;
  for (const file of ['biome.json', `${gateway}/package.json`]) {
    await Bun.write(join(root, file), Bun.file(join(repositoryRoot, file)));
  }
  await Bun.write(join(root, gateway, 'src/new.ts'), `export { something } from '${target}';\n`);
  const lint = ['biome', 'lint', '--vcs-enabled=false', `--config-path=${root}`, root];
  const { exitCode, stdout, stderr } = Bun.spawnSync([process.execPath, 'x', '--no-install', ...lint], {
    cwd: repositoryRoot,
  });
  const output = stdout.toString() + stderr;
  expect({ accepted: exitCode === 0, output }).toMatchObject({ accepted });
});
