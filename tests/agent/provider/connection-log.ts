import type { Server } from 'node:http';

/** An exchange as the provider's socket saw it, in milliseconds of `performance.now()`. */
export interface Exchange {
  readonly begun: number;
  /** Null while it goes on. */
  ended: number | null;
  /** False if the connection went away before the answer was complete. */
  complete: boolean;
}

/** Follows every exchange from its request to the end of its answer or of its connection. */
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
