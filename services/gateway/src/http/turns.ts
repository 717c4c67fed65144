interface Line {
  running: number;
  readonly waiting: (() => void)[];
}

/**
 * Has so much work of one owner run at once; more of it waits in the owner's own line, and holds up nobody else's. How long a line gets
 * is for whoever lets work in to bound.
 */
export function createTurns(max: number) {
  const lines = new Map<string | null, Line>();
  /** @param owner of the work; whoever has none stands in one line */
  return async function run<T>(work: () => Promise<T>, owner: string | null): Promise<T> {
    const line = lines.get(owner) ?? { running: 0, waiting: [] };
    lines.set(owner, line);
    if (line.running < max) line.running++;
    else await new Promise<void>((resolve) => line.waiting.push(resolve));
    try {
      return await work();
    } finally {
      const next = line.waiting.shift();
      // The place is handed over: who comes at this moment does not get ahead.
      if (next) next();
      else if (--line.running === 0) lines.delete(owner);
    }
  };
}

export type Turns = ReturnType<typeof createTurns>;
