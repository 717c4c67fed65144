import { encodeRequest, HttpConnection } from './http-connection.ts';

/** Submits the task of all benchmarks, which takes no time itself, so that everything around it is measured. */
export const SUBMISSION = encodeRequest(
  'POST',
  '/tasks',
  JSON.stringify({ prompt: 'calculate 1+1', priority: 5 }),
);

export interface SubmissionLoad {
  readonly port: number;
  readonly tasks: number;
  /** Kept alive; one request at a time on each. */
  readonly connections: number;
  /** Tasks per second over all connections; if unset, each connection sends its next request once it is answered. */
  readonly rate?: number;
}

export interface SubmissionTimes {
  readonly elapsedMs: number;
  /** Of each request, from when it is written (with a rate: from when it was due) to the last byte of its answer. */
  readonly latenciesMs: readonly number[];
}

/** @throws if one was refused */
export async function submitTasks({
  port,
  tasks,
  connections,
  rate,
}: SubmissionLoad): Promise<SubmissionTimes> {
  // The server closes a connection that idles for long: at a slow rate, fewer connections take turns.
  const used = Math.min(connections, Math.ceil(rate ?? connections));
  const pool = await Promise.all(Array.from({ length: used }, () => HttpConnection.open(port)));
  const latenciesMs: number[] = [];
  let sent = 0;
  const startedAt = performance.now();

  async function untilDue(index: number): Promise<number> {
    if (rate === undefined) return performance.now();
    const due = startedAt + (index * 1000) / rate;
    const waitMs = due - performance.now();
    if (waitMs > 0) await Bun.sleep(waitMs);
    return due;
  }

  async function sendUntilDone(connection: HttpConnection): Promise<void> {
    for (let index = sent++; index < tasks; index = sent++) {
      const at = await untilDue(index);
      const { status, body } = await connection.send(SUBMISSION);
      latenciesMs.push(performance.now() - at);
      if (status !== 202) throw new Error(`POST /tasks: ${status} ${body}`);
    }
  }

  await Promise.all(pool.map(sendUntilDone));
  const elapsedMs = performance.now() - startedAt;
  for (const connection of pool) connection.close();
  return { elapsedMs, latenciesMs };
}
