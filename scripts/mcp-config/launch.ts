import { join } from 'node:path';

/** How a client starts its own server. */
export interface Launch {
  readonly command: string;
  readonly args: readonly string[];
  readonly env: Readonly<Record<string, string>>;
}

/** What the server reads besides its database's address; its other settings concern HTTP. */
const PASSED_ON = ['DATABASE_CA_FILE', 'MIGRATE', 'MODELS', 'RETENTION_DAYS'] as const;

export interface LaunchOptions {
  /** Absolute: desktop clients do not have a shell's PATH. */
  readonly bun: string;
  readonly root: string;
  readonly databaseUrl: string;
  readonly readOnly: boolean;
  readonly environment?: Record<string, string | undefined>;
}

export function stdioLaunch({
  bun,
  root,
  databaseUrl,
  readOnly,
  environment = process.env,
}: LaunchOptions): Launch {
  const env: Record<string, string> = { DATABASE_URL: databaseUrl };
  for (const name of PASSED_ON) if (environment[name]) env[name] = environment[name];
  if (readOnly) env.MCP_READ_ONLY = '1';
  // Editors start it in their open folder, whose .env and bunfig.toml are meant for something else.
  const args = [`--cwd=${root}`, join(root, 'services', 'mcp', 'src', 'main.ts'), '--stdio'];
  return { command: bun, args, env };
}
