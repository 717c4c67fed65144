import { afterAll, afterEach } from 'bun:test';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { StackOptions } from './options.ts';
import { Stack } from './stack.ts';

const script = join(import.meta.dir, '../supervisor/test-child.ts');

/** Stacks of the calling file, which keep their data in one folder; each stops with its test. */
export function stacksOfThisFile() {
  const folder = mkdtempSync(join(tmpdir(), 'millrace-stack-'));
  const dataDir = join(folder, 'data');
  const stacks: Stack[] = [];
  afterEach(async () => {
    await Promise.all(stacks.splice(0).map((stack) => stack.stop()));
  });
  afterAll(() => rmSync(folder, { recursive: true, force: true }));

  /** The real Postgres, and stand-ins for the services, which have their own tests under tests/. */
  function prepare(options: Partial<StackOptions> = {}) {
    const lines: string[] = [];
    const stack = new Stack({
      dataDir,
      executors: 2,
      scripts: { broker: script, gateway: script, executor: script, mcp: script },
      backoff: { initialMs: 20, maxMs: 100, healthyAfterMs: 60_000 },
      postgresSettings: { fsync: false },
      onLine: (source, line) => lines.push(`${source}: ${line}`),
      ...options,
    });
    stacks.push(stack);
    return { stack, lines };
  }
  return { folder, dataDir, prepare };
}
