import { afterAll, beforeAll, describe, expect, test } from 'bun:test';
import { EXIT_CODE_OF_REFUSED_CONFIGURATION } from '@millrace/runtime';
import { attempt, run } from './command.ts';
import { engineUnavailable } from './engine.ts';
import { developmentOnly, ownDependencies, workspacesOf } from './manifests.ts';
import { composeFile } from './project.ts';

const SERVICES = ['gateway', 'executor', 'mcp'] as const;
/** Each image's bundles, the workspaces whose modules they contain, and how they exit when configuration is missing. */
const IMAGES = [
  ...SERVICES.map((name) => ({
    name,
    roots: [`services/${name}`],
    bundles: ['main.js'],
    refusal: EXIT_CODE_OF_REFUSED_CONFIGURATION,
  })),
  {
    name: 'tools',
    roots: ['services/migrate', 'packages/access'],
    bundles: ['migrate.js', 'keys.js'],
    refusal: 1,
  },
];
const BUILD_TIMEOUT_MS = 180_000;
const MB = 1_000_000;

const reason = await engineUnavailable();
if (reason) console.warn(`skipped: the container images, ${reason}`);

describe.skipIf(reason !== undefined).each(IMAGES)('the image $name', ({ name, roots, bundles, refusal }) => {
  let image: string;
  beforeAll(async () => {
    const build = ['docker', 'build', '--quiet', `--target=${name}`, composeFile('.')];
    image = await run(build, { timeoutMs: BUILD_TIMEOUT_MS });
    const [size, base] = await Promise.all([sizeOf(image), sizeOf('oven/bun:1.4.5-slim')]);
    console.log(
      `image ${name}: ${(size / MB).toFixed(0)} MB, ${((size - base) / MB).toFixed(1)} MB of it ours`,
    );
    expect(size - base).toBeLessThan(25 * MB);
  }, BUILD_TIMEOUT_MS);
  // Its layers stay in the build cache.
  afterAll(() => attempt(['docker', 'image', 'rm', image]));

  /** Runs in the image under the same restrictions as in compose. */
  const inside = (command: string, ...args: string[]) => [
    'docker',
    'run',
    '--rm',
    '--read-only',
    '--network=none',
    '--cap-drop=ALL',
    `--entrypoint=${command}`,
    image,
    ...args,
  ];

  test.concurrent('contains its bundles and the migrations, but no packages or sources', async () => {
    const files = (await run(inside('find', '/app', '/home/bun', '-type', 'f'))).split('\n');
    const unexpected = files.filter(
      (file) =>
        !/^\/app\/migrations\/(\d{4}_\w+\.sql|meta\/\w+\.json)$/.test(file) &&
        !/^\/app\/dist\/[\w.-]+\.(js|js\.map|css|png)$/.test(file) &&
        !/^\/home\/bun\/\.(bash_logout|bashrc|profile)$/.test(file),
    );
    expect(unexpected).toEqual([]);
    expect(files).toEqual(expect.arrayContaining(bundles.map((bundle) => `/app/dist/${bundle}`)));
  });

  test.concurrent.each(bundles)(
    '%s contains only modules it needs: no other service, no test, no development dependency',
    async (bundle) => {
      const { sources } = JSON.parse(await run(inside('cat', `/app/dist/${bundle}.map`))) as {
        sources: string[];
      };
      const modules = sources.map((source) => source.replace(/^(\.\.\/)+/, ''));
      const workspaces = new Set(
        modules.flatMap((module) => /^((?:services|packages)\/[^/]+)\//.exec(module)?.[1] ?? []),
      );
      expect(workspaces.size).toBeGreaterThan(1);
      const allowed = new Set((await Promise.all(roots.map(workspacesOf))).flatMap((set) => [...set]));
      expect([...workspaces].filter((workspace) => !allowed.has(workspace))).toEqual([]);
      expect(modules.filter((module) => /\.(test|testing)\.ts$|\/testing\//.test(module))).toEqual([]);

      const packages = new Set(
        modules.flatMap((module) => /.*node_modules\/((?:@[^/]+\/)?[^/]+)/.exec(module)?.[1] ?? []),
      );
      expect(packages.size).toBeGreaterThan(3);
      const development = await developmentOnly();
      expect([...packages].filter((dependency) => development.has(dependency))).toEqual([]);
      const declared = await ownDependencies(allowed);
      for (const service of SERVICES) {
        const others = await ownDependencies(new Set([`services/${service}`]));
        const foreign = [...others].filter((dependency) => !declared.has(dependency));
        expect(foreign.filter((dependency) => packages.has(dependency))).toEqual([]);
      }
    },
  );

  test.concurrent('runs as an unprivileged user, has a health check, and states its origin', async () => {
    const [{ Config: config }] = JSON.parse(await run(['docker', 'image', 'inspect', image]));
    expect(config.User).toBe('bun');
    expect(config.Entrypoint[0]).toBe('bun');
    if (name !== 'tools') expect(config.Healthcheck.Test.join(' ')).toContain('/health/ready');
    expect(config.Labels).toMatchObject({
      'org.opencontainers.image.title': 'Millrace',
      'org.opencontainers.image.version': expect.any(String),
      'org.opencontainers.image.licenses': 'MIT',
    });
    expect(await run(inside('id', '-u'))).not.toBe('0');
  });

  test.concurrent('starts on a read-only file system, and says what it requires', async () => {
    const { exitCode, stdout } = await attempt(inside('bun', bundles[0]!));
    expect(exitCode).toBe(refusal);
    expect(stdout).toContain('DATABASE_URL: is not set');
  });
});

async function sizeOf(image: string): Promise<number> {
  return Number(await run(['docker', 'image', 'inspect', '--format={{.Size}}', image]));
}
