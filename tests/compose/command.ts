export interface CommandResult {
  readonly exitCode: number;
  readonly stdout: string;
  readonly stderr: string;
}

export interface CommandOptions {
  readonly timeoutMs?: number;
}

// Of this process's variables only those for docker itself: compose would prefer the others to .env.
const ENVIRONMENT = Object.fromEntries(
  Object.entries(process.env).filter(([name]) =>
    /^(PATH|HOME|TMPDIR|XDG_.*|DOCKER_.*|.*_PROXY)$/i.test(name),
  ),
);

/** Runs a program, killed after the time limit, and returns its output, whatever its exit code. */
export async function attempt(
  command: readonly string[],
  { timeoutMs = 60_000 }: CommandOptions = {},
): Promise<CommandResult> {
  const child = Bun.spawn([...command], {
    stdin: 'ignore',
    stdout: 'pipe',
    stderr: 'pipe',
    env: ENVIRONMENT,
    timeout: timeoutMs,
    killSignal: 'SIGKILL',
  });
  const [stdout, stderr, exitCode] = await Promise.all([
    child.stdout.text(),
    child.stderr.text(),
    child.exited,
  ]);
  return { exitCode, stdout: stdout.trim(), stderr: stderr.trim() };
}

/** The program's standard output; rejects with all of its output unless it exits with 0. */
export async function run(command: readonly string[], options?: CommandOptions): Promise<string> {
  const { exitCode, stdout, stderr } = await attempt(command, options);
  if (exitCode !== 0) throw new Error(`${command.join(' ')} ended with ${exitCode}:\n${stdout}\n${stderr}`);
  return stdout;
}
