import { freePort, isPortFree } from '../ports/free-port.ts';
import { reachableUrl } from '../ports/reachable.ts';
import { StackError } from '../stack-error.ts';

export type HealthPortOptions = {
  /** Where the search for free ports begins; undefined: any free ones. */
  lowest: number | undefined;
  host: string;
  /** Called when a restarted executor gets another port. */
  onMoved: (index: number, url: string) => void;
};

/** Where an executor's health server listens, and `GET /health/ready` there. */
export type Health = { port: number; url: string };

/**
 * Chooses each executor's health port, again at every start: another process, such as a stack starting at the same
 * moment, may take a port after it was found free, and the executor then exits.
 */
export class HealthPorts {
  /** `GET /health/ready` of each executor, in order. */
  readonly urls: string[] = [];
  readonly #options: HealthPortOptions;
  readonly #ports: number[] = [];
  // One choice after another, so that no two executors of this stack find the same port free.
  #last: Promise<unknown> = Promise.resolve();

  constructor(options: HealthPortOptions) {
    this.#options = options;
  }

  /** The port that the executor had before, unless somebody else has taken it. */
  choose(index: number): Promise<Health> {
    const chosen = this.#last.then(async () => {
      const had = this.#ports[index];
      const port = await this.#find(had);
      this.#ports[index] = port;
      const url = `${reachableUrl(this.#options.host, port)}/health/ready`;
      this.urls[index] = url;
      if (had !== undefined && had !== port) this.#options.onMoved(index, url);
      return { port, url };
    });
    this.#last = chosen.catch(() => {});
    return chosen;
  }

  async #find(had: number | undefined): Promise<number> {
    const { lowest, host } = this.#options;
    if (had !== undefined && (await isPortFree(had, host))) return had;
    if (lowest === undefined) return freePort();
    for (let port = lowest; port <= 65_535; port++) {
      if (!this.#ports.includes(port) && (await isPortFree(port, host))) return port;
    }
    throw new StackError(
      `No port from ${lowest} on is free for the executors' health and metrics.`,
      'Choose a lower HEALTH_PORT.',
    );
  }
}
