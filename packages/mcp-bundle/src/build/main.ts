import { relative, resolve } from 'node:path';
import { ArgumentsError, parseBundleArguments, USAGE } from './arguments.ts';
import { buildBundle } from './build-bundle.ts';
import { manifest } from './manifest.ts';

const root = resolve(import.meta.dir, '../../../..');

try {
  const { help, file } = parseBundleArguments(process.argv.slice(2));
  console.log(help ? USAGE : await build(file ?? resolve(root, 'dist', `millrace-${manifest.version}.mcpb`)));
} catch (error) {
  if (!(error instanceof ArgumentsError)) throw error;
  console.error(error.message);
  process.exit(2);
}

async function build(file: string): Promise<string> {
  const output = resolve(file);
  await buildBundle(output);
  const size = (Bun.file(output).size / 1024).toFixed(0);
  return `${relative(process.cwd(), output)} (${size} kB)
Open it with Claude Desktop, or drag it into its Settings → Extensions. It asks for the address of Millrace's MCP
server and, if that needs one, for an API key.`;
}
