import type { Socket } from 'bun';
import { free } from './frame-buffer.ts';

/** The response that is not fully sent yet: at most one, since the next request waits for it. */
export class Outbox {
  readonly #socket: Socket<unknown>;
  readonly #unsent: { bytes: number };
  #rest: Buffer | undefined;
  #from = 0;

  /** @param unsent the total of all connections */
  constructor(socket: Socket<unknown>, unsent: { bytes: number }) {
    this.#socket = socket;
    this.#unsent = unsent;
  }

  get isEmpty(): boolean {
    return this.#rest === undefined;
  }

  /** Copies what the socket does not accept now. */
  send(response: Buffer): void {
    const sent = Math.max(this.#socket.write(response), 0);
    if (sent === response.length) return;
    this.#rest = Buffer.allocUnsafeSlow(response.length - sent);
    response.copy(this.#rest, 0, sent);
    this.#from = 0;
    this.#unsent.bytes += this.#rest.length;
  }

  /** The socket accepts more. */
  drain(): void {
    if (this.#rest === undefined) return;
    this.#from += Math.max(this.#socket.write(this.#rest.subarray(this.#from)), 0);
    if (this.#from === this.#rest.length) this.clear();
  }

  clear(): void {
    if (this.#rest === undefined) return;
    this.#unsent.bytes -= this.#rest.length;
    free(this.#rest);
    this.#rest = undefined;
  }
}
