import { RecentLines } from '../log/recent-lines.ts';
import type { Launch } from '../process/instance.ts';
import { type ChildOptions, launchChild } from '../supervisor/launch-child.ts';
import { Supervisor } from '../supervisor/supervisor.ts';
import type { StackOptions } from './options.ts';

/** Creates the supervisors of a stack's parts, and passes on what they and their processes print. */
export class Supervision {
  readonly #options: StackOptions;
  readonly #onStarted: (name: string, pid: number) => void;

  constructor(options: StackOptions, onStarted: (name: string, pid: number) => void) {
    this.#options = options;
    this.#onStarted = onStarted;
  }

  child(name: string, definition: Omit<ChildOptions, 'onLine'>): Supervisor {
    return this.part(name, (onLine) => launchChild({ ...definition, onLine }));
  }

  part(name: string, launch: (onLine: (line: string) => void) => Launch, stopTimeoutMs?: number): Supervisor {
    const recent = new RecentLines();
    const { backoff, startTimeoutMs } = this.#options;
    return new Supervisor({
      name,
      recent,
      launch: launch((line) => {
        recent.add(line);
        this.say(name, line);
      }),
      notify: ({ message, pid }) => {
        if (pid !== undefined) this.#onStarted(name, pid);
        if (message !== undefined) this.say('millrace', `${name} ${message}`);
      },
      ...(backoff && { backoff }),
      ...(startTimeoutMs && { startTimeoutMs }),
      ...(stopTimeoutMs && { stopTimeoutMs }),
    });
  }

  say(source: string, line: string): void {
    this.#options.onLine?.(source, line);
  }
}
