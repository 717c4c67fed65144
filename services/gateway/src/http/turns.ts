import { overloaded, type ProblemError } from './problem.ts';

interface Line {
  running: number;
  readonly waiting: Set<() => void>;
}

/** Beyond it a client had rather ask again: its connection is idle meanwhile. */
const WAIT_MS_MAX = 10_000;

export interface InLine {
  /** Whoever has none stands in one line. */
  readonly owner: string | null;
  /** Of the request: a client that went away stands in line no more. */
  readonly signal: AbortSignal;
}

/**
 * Has so much work of one owner run at once; more of it waits in the owner's own line, and holds up nobody else's. How many stand in a
 * line is for whoever lets work in to bound.
 */
export function createTurns(max: number, waitMsMax = WAIT_MS_MAX) {
  const lines = new Map<string | null, Line>();
  /** @throws ProblemError 429 if its turn does not come in time, or nobody waits for it any more */
  return async function run<T>(work: () => Promise<T>, { owner, signal }: InLine): Promise<T> {
    const line = lines.get(owner) ?? { running: 0, waiting: new Set() };
    lines.set(owner, line);
    if (line.running < max) line.running++;
    else await turnIn(line, signal, waitMsMax);
    try {
      return await work();
    } finally {
      const [next] = line.waiting;
      // The place is handed over: who comes at this moment does not get ahead.
      if (next) next();
      else if (--line.running === 0) lines.delete(owner);
    }
  };
}

export type Turns = ReturnType<typeof createTurns>;

function turnIn({ waiting }: Line, signal: AbortSignal, waitMsMax: number): Promise<void> {
  const { promise, resolve, reject } = Promise.withResolvers<void>();
  // At once, not when the promise is looked at: a place that is handed to who has left is lost.
  const leave = () => {
    waiting.delete(begin);
    clearTimeout(timer);
    signal.removeEventListener('abort', giveUp);
  };
  const begin = () => {
    leave();
    resolve();
  };
  const giveUp = () => {
    leave();
    reject(tooLate(waitMsMax));
  };
  waiting.add(begin);
  signal.addEventListener('abort', giveUp);
  const timer = setTimeout(giveUp, waitMsMax);
  if (signal.aborted) giveUp();
  return promise;
}

function tooLate(waitMsMax: number): ProblemError {
  return overloaded(
    `Its turn did not come within ${waitMsMax / 1000} s, so slow are the lists, replays and statistics before it; try again shortly, or with a narrower filter.`,
  );
}
