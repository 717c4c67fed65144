import { relative, resolve } from 'node:path';
import { buildBundle } from './build-bundle.ts';
import { manifest } from './manifest.ts';

const root = resolve(import.meta.dir, '../../../..');
const output = resolve(process.argv[2] ?? resolve(root, 'dist', `millrace-${manifest.version}.mcpb`));
await buildBundle(output);
const size = (Bun.file(output).size / 1024).toFixed(0);
console.log(`${relative(process.cwd(), output)} (${size} kB)
Open it with Claude Desktop, or drag it to its Settings → Extensions. It asks for the address of Millrace's MCP and, where
that needs one, for a token.`);
