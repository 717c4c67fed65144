import { expect, test } from 'bun:test';
import { closeSync, existsSync, openSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

const FULL = '/dev/full';

test.skipIf(!existsSync(FULL))(
  'a full disk stops the log, not the service',
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

test.skipIf(!existsSync('/proc/self/fd'))(
  'a pipe that nobody reads costs log lines, which are reported later, and does not stop the service',
  async () => {
    const folder = await mkdtemp(join(tmpdir(), 'millrace-log-'));
    const pipe = join(folder, 'pipe');
    Bun.spawnSync(['mkfifo', pipe]);
    const held = openSync(pipe, 'r+');
    const program = `
    import { createLogger } from '${import.meta.dir}/logger.ts';
    const logger = createLogger('test');
    const line = 'x'.repeat(1_000);
    for (let i = 0; i < 3_000; i++) logger.info({}, line);
    console.error('written');
    process.stdin.on('end', () => {
      for (let i = 0; i < 500; i++) logger.info({}, line);
      logger.info({}, 'the last line');
      process.exit();
    }).resume();`;
    // A shell opens the pipe: writers to one that Bun opened do not block.
    const child = Bun.spawn(['sh', '-c', 'exec "$0" -e "$1" > "$2"', process.execPath, program, pipe], {
      stdio: ['pipe', 'inherit', 'pipe'],
    });
    const { value } = await child.stderr.getReader().read();
    expect(new TextDecoder().decode(value)).toBe('written\n');

    const reader = Bun.spawn(['cat', pipe], { stdout: 'pipe' });
    closeSync(held);
    let text = '';
    for await (const chunk of reader.stdout.pipeThrough(new TextDecoderStream())) {
      text += chunk;
      if (text.includes('were lost')) child.stdin.end();
    }
    const lines = text
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line));
    const lost = lines
      .filter(({ msg }) => msg.includes('were lost'))
      .reduce((sum, line) => sum + line.lines, 0);
    expect(lost).toBeGreaterThan(0);
    expect(lines.filter(({ msg }) => msg.startsWith('xxx'))).toHaveLength(3_500 - lost);
    expect(lines.at(-1).msg).toBe('the last line');
    await rm(folder, { recursive: true });
  },
  30_000,
);
