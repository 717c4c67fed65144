import { expect, test } from 'bun:test';
import { existsSync, openSync } from 'node:fs';

const FULL = '/dev/full';

test.skipIf(!existsSync(FULL))(
  'a full disk takes the log and not the service',
  async () => {
    const program = `
    import { createLogger } from '${import.meta.dir}/logger.ts';
    const logger = createLogger('test');
    const line = 'x'.repeat(1_000);
    const before = process.memoryUsage().rss;
    for (let i = 0; i < 200_000; i++) logger.info({}, line);
    await Bun.sleep(0);
    console.error(JSON.stringify({ grownMb: (process.memoryUsage().rss - before) / 2 ** 20 }));`;
    const child = Bun.spawn([process.execPath, '-e', program], {
      stdio: ['ignore', openSync(FULL, 'w'), 'pipe'],
    });
    const { grownMb } = JSON.parse(await new Response(child.stderr).text());
    expect(await child.exited).toBe(0);
    // All of it would be 200 MB.
    expect(grownMb).toBeLessThan(100);
  },
  30_000,
);
