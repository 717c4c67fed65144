import { fileURLToPath } from 'node:url';
import { EXIT_CODE_OF_REFUSED_CONFIGURATION } from '@millrace/runtime';
import { LineSplitter } from '../log/line-splitter.ts';
import { describeExit, type Instance, type Launch } from './instance.ts';
import { type Readiness, urlAnswers } from './readiness.ts';

export type ChildOptions = {
  /** A script for this same Bun, absolute, and its arguments. */
  script: string;
  args?: readonly string[];
  /** The whole environment; `.env` files are not read again. */
  env: Record<string, string | undefined>;
  cwd: string;
  readiness: Readiness;
};

const parentWatch = fileURLToPath(new URL('./parent-watch.ts', import.meta.url));

/** A Bun script in its own process and session, which ends when we do. */
export function launchChild(options: ChildOptions): Launch {
  return async (printed) => {
    const command = [
      process.execPath,
      '--no-env-file',
      '--preload',
      parentWatch,
      options.script,
      ...(options.args ?? []),
    ];
    const child = Bun.spawn(command, {
      cwd: options.cwd,
      env: options.env,
      // Its end tells the child that we are gone, even after a kill -9: see parent-watch.ts.
      stdin: 'pipe',
      stdout: 'pipe',
      stderr: 'pipe',
      // Ctrl-C in the terminal must reach only us: we stop the children in order.
      detached: true,
    });

    const { readiness } = options;
    const ready = Promise.withResolvers<void>();
    const probing = new AbortController();
    let notReady: string | undefined;
    if ('url' in readiness) {
      const notReadyBecause = (reason: string) => {
        notReady = reason;
      };
      urlAnswers(readiness.url, child.pid, probing.signal, notReadyBecause).then(ready.resolve, () => {});
    }
    const onLine = (line: string) => {
      printed(line);
      if ('line' in readiness && readiness.line.test(line)) ready.resolve();
    };

    let gone = false;
    const exited = (async () => {
      // All of its output comes before the news that it is gone.
      const pumps = Promise.all([pump(child.stdout, onLine), pump(child.stderr, onLine)]);
      await child.exited;
      gone = true;
      probing.abort();
      // A grandchild that inherited the pipes may hold them open; it is not waited for.
      await Promise.race([pumps, Bun.sleep(500)]);
      return describeExit(child.exitCode, child.signalCode);
    })();

    const kill = (signal: NodeJS.Signals) => {
      if (!gone) child.kill(signal);
    };
    let stopped: Promise<void> | undefined;
    const stop = async (deadlineMs: number) => {
      kill('SIGTERM');
      // A suspended child could not act on it.
      if (process.platform !== 'win32') kill('SIGCONT');
      const force = setTimeout(kill, deadlineMs, 'SIGKILL');
      await exited;
      clearTimeout(force);
    };
    return {
      pid: child.pid,
      ready: ready.promise,
      exited,
      refused: () => child.exitCode === EXIT_CODE_OF_REFUSED_CONFIGURATION,
      notReady: () => notReady,
      stop: (deadlineMs) => {
        stopped ??= stop(deadlineMs);
        return stopped;
      },
      kill,
    } satisfies Instance;
  };
}

async function pump(stream: ReadableStream<Uint8Array>, onLine: (line: string) => void): Promise<void> {
  const splitter = new LineSplitter(onLine);
  for await (const chunk of stream) splitter.push(chunk);
  splitter.end();
}
