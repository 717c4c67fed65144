const MAIN = Bun.resolveSync('@millrace/migrate', import.meta.dir);

export interface Migration {
  readonly code: number;
  /** The last thing it logged. */
  readonly last: { readonly level: string; readonly msg: string; readonly [field: string]: unknown };
  readonly log: string;
}

/** Runs `bun run migrate` to its end. */
export async function runMigrate(environment: Record<string, string>): Promise<Migration> {
  const child = Bun.spawn([process.execPath, MAIN], {
    env: { PATH: process.env.PATH, ...environment },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const [out, errors, code] = await Promise.all([
    new Response(child.stdout).text(),
    new Response(child.stderr).text(),
    child.exited,
  ]);
  const log = out + errors;
  return { code, last: JSON.parse(out.trimEnd().split('\n').at(-1)!), log };
}
