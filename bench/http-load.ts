import { encodeRequest, HttpConnection } from './http-connection.ts';

/** A bounded load of identical requests over keep-alive connections. */
export interface HttpLoad {
  readonly port: number;
  readonly method: string;
  readonly path: string;
  readonly body: string;
  readonly connections: number;
  readonly requests: number;
  /** Requests per second over all connections; if unset, each connection sends its next request once it is answered. */
  readonly rate?: number;
}

export interface HttpLoadResult {
  readonly elapsedMs: number;
  /** Of each request, from when it is written (with a rate: from when it was due) to the last byte of its answer. */
  readonly latenciesMs: number[];
  /** How many answers had each status. */
  readonly statuses: Map<number, number>;
}

export async function runHttpLoad(load: HttpLoad): Promise<HttpLoadResult> {
  const { port, method, path, body, connections, requests, rate } = load;
  const request = encodeRequest(method, path, body);
  // The server closes a connection that idles for long: at a slow rate, fewer connections take turns.
  const used = Math.min(connections, Math.ceil(rate ?? connections));
  const pool = await Promise.all(Array.from({ length: used }, () => HttpConnection.open(port)));
  const latenciesMs: number[] = [];
  const statuses = new Map<number, number>();
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
    for (;;) {
      const index = sent++;
      if (index >= requests) return;
      const at = await untilDue(index);
      const { status } = await connection.send(request);
      latenciesMs.push(performance.now() - at);
      statuses.set(status, (statuses.get(status) ?? 0) + 1);
    }
  }

  await Promise.all(pool.map(sendUntilDone));
  const elapsedMs = performance.now() - startedAt;
  for (const connection of pool) connection.close();
  return { elapsedMs, latenciesMs, statuses };
}
