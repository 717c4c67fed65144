import { expect, test } from 'bun:test';
import { join } from 'node:path';
import { repositoryRoot } from '@millrace/devstack';

const read = (path: string) => Bun.file(join(repositoryRoot, path)).text();

/** Names at the start of a line in a schema for `readEnvironment`. */
async function settingsInCode(): Promise<string[]> {
  const files = [...new Bun.Glob('{packages,services}/*/src/**/*.ts').scanSync({ cwd: repositoryRoot })];
  const texts = await Promise.all(files.filter((file) => !file.endsWith('.test.ts')).map(read));
  return texts
    .filter((text) => text.includes('readEnvironment'))
    .flatMap((text) => [...text.matchAll(/^ +([A-Z][A-Z0-9_]{3,})[:,]/gm)].map(([, name]) => name!));
}

test('.env.example has every setting that is read, and no other', async () => {
  const offered = [...(await read('.env.example')).matchAll(/^#?([A-Z_]+)=/gm)].map(([, name]) => name!);
  const settings = await settingsInCode();
  expect(settings.length).toBeGreaterThan(40);
  // OpenTelemetry's own variables are in docs/observability.md.
  expect(settings.filter((name) => !offered.includes(name) && !name.startsWith('OTEL_'))).toEqual([]);

  const composed = (await read('docker-compose.yml')) + (await read('compose.dev.yml'));
  // Read separately, within a line.
  const known = [...settings, 'LOG_LEVEL'];
  expect(offered.filter((name) => !known.includes(name) && !composed.includes(`\${${name}`))).toEqual([]);
});
