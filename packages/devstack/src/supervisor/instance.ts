import { EXIT_CODE_OF_REFUSED_CONFIGURATION } from '@millrace/runtime';

/** One life of a supervised process. */
export type Instance = {
  readonly pid: number;
  /** Resolves once it is ready; never settles if it dies first. */
  readonly ready: Promise<void>;
  /** Resolves with how it ended, in words: `exited with code 1`, `was killed by SIGKILL`. */
  readonly exited: Promise<string>;
  /** Whether it ended because of what it was told: another start would end the same. */
  refused?(): boolean;
  /** Why it is not ready yet, as far as known. */
  notReady?(): string | undefined;
  /** Stops it gracefully, by force after `deadlineMs`. Idempotent. */
  stop(deadlineMs: number): Promise<void>;
  kill(signal: NodeJS.Signals): void;
};

/** Starts a new process, whose every line goes to `onLine`. Throws a StackError if it cannot even be started. */
export type Launch = (onLine: (line: string) => void) => Promise<Instance>;

export function describeExit(exitCode: number | null, signal: string | number | null): string {
  if (exitCode === EXIT_CODE_OF_REFUSED_CONFIGURATION) return 'refuses its configuration';
  if (signal) return `was killed by ${signal}`;
  return exitCode === 0 ? 'exited by itself with code 0' : `exited with code ${exitCode}`;
}
