import { parseArgs } from 'node:util';

export const USAGE = `bun run mcp:bundle [FILE]: writes the .mcpb bundle for desktop applications.

  FILE      the output file (default dist/millrace-<version>.mcpb in this repository)
  --help    this text`;

/** Invalid arguments; its message is for the user. */
export class ArgumentsError extends Error {}

/** @throws ArgumentsError for an unknown argument */
export function parseBundleArguments(args: readonly string[]): { help: boolean; file: string | undefined } {
  const { values, positionals } = parsed(args);
  const [file, ...others] = positionals;
  if (others.length > 0 || file === '') throw new ArgumentsError(`give one FILE at most\n\n${USAGE}`);
  return { help: values.help, file };
}

function parsed(args: readonly string[]) {
  try {
    const help = { type: 'boolean', short: 'h', default: false } as const;
    return parseArgs({ args: [...args], allowPositionals: true, options: { help } });
  } catch (error) {
    throw new ArgumentsError(`${(error as Error).message.split('. ')[0]}\n\n${USAGE}`);
  }
}
