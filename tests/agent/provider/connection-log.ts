import type { Server } from 'node:http';

/** An exchange as seen by the provider's socket, in milliseconds of `performance.now()`. */
export interface Exchange {
  readonly begun: number;
  /** Null while it is in progress. */
  ended: number | null;
  /** False if the connection closed before the answer was complete. */
  complete: boolean;
}

/** Follows every exchange from its request to the end of its answer or connection. */
export class ConnectionLog {
  readonly exchanges: Exchange[] = [];
  #mostAtOnce = 0;

  constructor(server: Server) {
    server.prependListener('request', (_request, response) => {
      const exchange: Exchange = { begun: performance.now(), ended: null, complete: false };
      this.exchanges.push(exchange);
      this.#mostAtOnce = Math.max(this.#mostAtOnce, this.open.length);
      response.once('close', () => {
        exchange.ended = performance.now();
        exchange.complete = response.writableFinished;
      });
    });
  }

  get open(): Exchange[] {
    return this.exchanges.filter(({ ended }) => ended === null);
  }

  get mostAtOnce(): number {
    return this.#mostAtOnce;
  }

  clear(): void {
    this.exchanges.splice(0);
    this.#mostAtOnce = 0;
  }
}
