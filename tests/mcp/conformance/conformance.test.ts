import { afterAll, beforeAll, describe, expect, test } from 'bun:test';
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { shared } from '../../shared.ts';
import { temporaryFolder } from '../../temporary-folder.ts';
import { createTestDatabase } from '../../test-database.ts';
import { MCP_MAIN, type McpHttpProcess, startMcpOverHttp } from '../mcp-process.ts';

/** The official conformance suite, against the product, and against the product with the suite's fixtures mounted beside it. */
const SUITE = fileURLToPath(import.meta.resolve('@modelcontextprotocol/conformance/dist/index.js'));
const REVISIONS = ['2026-07-28', '2025-11-25'];

const database = shared(createTestDatabase);

const builds: [build: 'product' | 'fixtures', main: string][] = [
  ['product', MCP_MAIN],
  ['fixtures', join(import.meta.dir, 'fixture-main.ts')],
];

describe.each(builds)('%s', (build, main) => {
  let mcp: McpHttpProcess;
  beforeAll(async () => {
    mcp = await startMcpOverHttp({ DATABASE_URL: database.url }, main);
  }, 60_000);
  afterAll(() => mcp?.[Symbol.asyncDispose]());

  test.concurrent.each(REVISIONS)(
    'revision %s: exactly the expected failures',
    async (revision) => {
      await using folder = await temporaryFolder();
      const expected = join(import.meta.dir, 'expected-failures', `${build}-${revision}.yaml`);
      const options = ['--requirements', revision, '--expected-failures', expected, '-o', folder.path];
      // Its dependencies need a newer Node than may be installed.
      const command = [process.execPath, '--bun', SUITE, 'server', '--url', mcp.url.href, ...options];
      const child = Bun.spawn(command, { stdio: ['ignore', 'pipe', 'pipe'] });
      const [output, errors] = await Promise.all([
        new Response(child.stdout).text(),
        new Response(child.stderr).text(),
        child.exited,
      ]);
      const summary = output.slice(output.indexOf('=== SUMMARY ==='));
      expect(`${child.exitCode}\n${summary}\n${errors}`).toStartWith('0\n');
      expect(await failuresIn(folder.path)).toEqual(await entriesOf(expected));
    },
    120_000,
  );
});

/** Including warnings and unscored checks: the suite itself lets those pass. */
async function failuresIn(folder: string): Promise<string[]> {
  const failures = new Set<string>();
  for (const run of await readdir(folder)) {
    const [, scenario] = /^server-(.+)-\d{4}-\d{2}-\d{2}T/.exec(run) ?? [];
    const checks = JSON.parse(await readFile(join(folder, run, 'checks.json'), 'utf8'));
    for (const { id, status } of checks) {
      if (status === 'FAILURE' || status === 'WARNING') failures.add(`${scenario}:${id}`);
    }
  }
  return [...failures].sort();
}

async function entriesOf(file: string): Promise<string[]> {
  const { server } = Bun.YAML.parse(await readFile(file, 'utf8')) as { server: string[] };
  return server.toSorted();
}
