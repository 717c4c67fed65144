/** What CI checks before the tests: formatting, lint, types, and links in the documentation. */
import { findBrokenLinks } from './doc-links.ts';

const steps: [name: string, command: string[]][] = [
  ['format and lint', ['biome', 'check', '--error-on-warnings', '.']],
  ['types', ['tsc']],
];

let failed = false;
for (const [name, [program, ...args]] of steps) {
  const { exitCode } = Bun.spawnSync([process.execPath, 'x', '--no-install', program!, ...args], {
    stdio: ['ignore', 'inherit', 'inherit'],
  });
  console.log(`${exitCode === 0 ? 'ok    ' : 'FAILED'} ${name}`);
  failed ||= exitCode !== 0;
}

const broken = await findBrokenLinks(process.cwd());
for (const { file, line, target, reason } of broken) console.log(`${file}:${line}: ${target}: ${reason}`);
console.log(`${broken.length === 0 ? 'ok    ' : 'FAILED'} links in the documentation`);
failed ||= broken.length > 0;

process.exit(failed ? 1 : 0);
