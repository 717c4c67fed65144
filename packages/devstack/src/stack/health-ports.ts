import { freePort, isPortFree } from '../ports/free-port.ts';
import { reachableUrl } from '../ports/reachable.ts';
import { StackError } from '../stack-error.ts';

/** Where an executor's health server listens, and `GET /health/ready` there. */
export type Health = { port: number; url: string };

/**
 * Chooses each executor's health port, again at every start: another process, such as a stack starting at the same
 * moment, may take a port after it was found free, and the executor then exits.
 */
export class HealthPorts {
  /** `GET /health/ready` of each executor, in order. */
  readonly urls: string[] = [];
  readonly #host: string;
  readonly #lowest: number | undefined;
  /** Of each executor: the one that it has, or is trying. */
  readonly #ports: number[] = [];

  /** @param lowest where the search for free ports begins; undefined: any free ones */
  constructor(host: string, lowest: number | undefined) {
    this.#host = host;
    this.#lowest = lowest;
  }

  /** The port that the executor had before, unless somebody else has taken it. */
  async choose(index: number): Promise<Health> {
    const port = await this.#find(index);
    const url = `${reachableUrl(this.#host, port)}/health/ready`;
    this.#ports[index] = port;
    this.urls[index] = url;
    return { port, url };
  }

  async #find(index: number): Promise<number> {
    const had = this.#ports[index];
    if (had !== undefined && (await isPortFree(had, this.#host))) return had;
    if (this.#lowest === undefined) return freePort();
    for (let port = this.#lowest; port <= 65_535; port++) {
      if (this.#ports.includes(port)) continue;
      // Before it is known to be free, so that no other executor of this stack tries it too.
      this.#ports[index] = port;
      if (await isPortFree(port, this.#host)) return port;
    }
    throw new StackError(
      `No port from ${this.#lowest} on is free for the executors' health and metrics.`,
      'Choose a lower HEALTH_PORT.',
    );
  }
}
