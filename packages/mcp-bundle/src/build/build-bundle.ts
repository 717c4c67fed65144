import { mkdir, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { packExtension } from '@anthropic-ai/mcpb/cli';
import { ENTRY_POINT, manifest } from './manifest.ts';

/** Builds the bridge into one file, and packs it with its manifest, which the packer validates. */
export async function buildBundle(outputPath: string): Promise<void> {
  const folder = await mkdtemp(join(tmpdir(), 'millrace-bundle-'));
  try {
    const { outputs } = await Bun.build({
      entrypoints: [join(import.meta.dir, '..', 'bridge', 'main.ts')],
      target: 'node',
      format: 'esm',
    });
    const [script] = outputs;
    if (!script || outputs.length !== 1) throw new Error(`expected one file, got ${outputs.length}`);
    await mkdir(join(folder, 'server'));
    await Bun.write(join(folder, ENTRY_POINT), script);
    // Without it Node takes a .js file for CommonJS.
    await Bun.write(
      join(folder, 'package.json'),
      `${JSON.stringify({ type: 'module', version: manifest.version })}\n`,
    );
    await Bun.write(join(folder, 'manifest.json'), `${JSON.stringify(manifest, null, 2)}\n`);
    if (!(await packExtension({ extensionPath: folder, outputPath, silent: true }))) {
      throw new Error('the packer refused the bundle; its reasons are above');
    }
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}
