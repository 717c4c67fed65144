import { overloaded, type ProblemError } from './problem.ts';

interface Queue {
  running: number;
  readonly waiting: Set<() => void>;
}

/** Beyond this a client had better ask again: its connection is idle meanwhile. */
const WAIT_MS_MAX = 10_000;

interface TurnOptions {
  /** Work without an owner shares one queue. */
  readonly owner: string | null;
  /** Of the request: a client that disconnects leaves the queue. Left out for work that several requests share. */
  readonly signal?: AbortSignal;
}

/**
 * Runs up to `max` pieces of work of each owner at once; more of it waits in the owner's own queue, and
 * delays nobody else's. Callers bound the length of the queues.
 */
export function createTurns(max: number, waitMsMax = WAIT_MS_MAX) {
  /** Kept: only owners of valid keys get this far. */
  const queues = new Map<string | null, Queue>();
  /** @throws ProblemError 429 if its turn does not come in time, or the client disconnects */
  return async function run<T>(work: () => Promise<T>, { owner, signal }: TurnOptions): Promise<T> {
    const queue = queues.get(owner) ?? { running: 0, waiting: new Set() };
    queues.set(owner, queue);
    if (queue.running < max) queue.running++;
    else await waitForTurn(queue, signal, waitMsMax);
    try {
      return await work();
    } finally {
      const [next] = queue.waiting;
      // The place is handed over: a newcomer cannot take it first.
      if (next) next();
      else queue.running--;
    }
  };
}

export type Turns = ReturnType<typeof createTurns>;

function waitForTurn({ waiting }: Queue, signal: AbortSignal | undefined, waitMsMax: number): Promise<void> {
  const { promise, resolve, reject } = Promise.withResolvers<void>();
  // Synchronous: a place handed to a client that has left would be lost.
  const leave = () => {
    waiting.delete(begin);
    clearTimeout(timer);
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
  signal?.addEventListener('abort', giveUp);
  const timer = setTimeout(giveUp, waitMsMax);
  if (signal?.aborted) giveUp();
  return promise;
}

function tooLate(waitMsMax: number): ProblemError {
  return overloaded(
    `The lists, replays and statistics ahead of this request did not end within ${waitMsMax / 1000} s; try again shortly, or with a narrower filter.`,
  );
}
