import { freePort, isPortFree } from '../ports/free-port.ts';
import { StackError } from '../stack-error.ts';

/**
 * Chooses where each executor's health server listens, anew for each of its lives: somebody, such as another stack that starts at the
 * same moment, may take a port between its being found free and its being listened on, and the executor then dies of it.
 */
export class HealthPorts {
  readonly #lowest: number | undefined;
  readonly #host: string;
  readonly #ports: number[] = [];
  // One choice after another, so that no two executors of this stack find the same port free.
  #last: Promise<unknown> = Promise.resolve();

  /** The first free ones from `lowest`; any free ones without it. */
  constructor(lowest: number | undefined, host: string) {
    this.#lowest = lowest;
    this.#host = host;
  }

  /** The port that the executor had, as long as nobody else has it. */
  choose(index: number): Promise<number> {
    const chosen = this.#last.then(async () => {
      const port = await this.#find(this.#ports[index]);
      this.#ports[index] = port;
      return port;
    });
    this.#last = chosen.catch(() => {});
    return chosen;
  }

  async #find(had: number | undefined): Promise<number> {
    if (had !== undefined && (await isPortFree(had, this.#host))) return had;
    if (this.#lowest === undefined) return freePort();
    for (let port = this.#lowest; port <= 65_535; port++) {
      if (!this.#ports.includes(port) && (await isPortFree(port, this.#host))) return port;
    }
    throw new StackError(
      `No port from ${this.#lowest} on is free for the executors' health and metrics.`,
      'Choose a lower HEALTH_PORT.',
    );
  }
}
