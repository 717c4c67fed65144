/** Prints the configuration that connects AI clients to this checkout: see `bun run mcp:config --help`. */
import { clientAddresses, repositoryRoot, StackError } from '@millrace/devstack';
import { ConfigurationError } from '@millrace/runtime';
import { parseConfigArguments, usage } from './mcp-config/arguments.ts';
import { stdioLaunch } from './mcp-config/launch.ts';
import { renderSections } from './mcp-config/section.ts';
import { sectionsFor } from './mcp-config/sections.ts';

try {
  const options = parseConfigArguments(process.argv.slice(2));
  console.log(options === null ? usage : describe(options));
} catch (error) {
  if (!isForPeople(error)) throw error;
  console.error(error.message);
  process.exit(1);
}

function describe(options: NonNullable<ReturnType<typeof parseConfigArguments>>): string {
  const { clients, stdio, http, readOnly, dataDir } = options;
  const { mcpUrl: url, mcpNeedsKey: needsKey, databaseUrl } = clientAddresses(process.env, dataDir);
  const launch = stdio
    ? stdioLaunch({ bun: process.execPath, root: repositoryRoot, databaseUrl: databaseUrl(), readOnly })
    : undefined;
  return renderSections(
    sectionsFor({ clients, readOnly, stdio: launch, http: http ? { url, needsKey } : undefined }),
  );
}

function isForPeople(error: unknown): error is Error {
  return error instanceof StackError || error instanceof ConfigurationError;
}
