import { freePort, isPortFree } from '../ports/free-port.ts';
import { reachableUrl } from '../ports/reachable.ts';
import { StackError } from '../stack-error.ts';

export type HealthPortOptions = {
  /** The first free ones from here; undefined: any free ones. */
  lowest: number | undefined;
  host: string;
  /** An executor that had a port gets another. */
  onMoved: (index: number, url: string) => void;
};

/** Where an executor's health server listens, and `GET /health/ready` there. */
export type Health = { port: number; url: string };

/**
 * Chooses where each executor's health server listens, anew for each of its lives: somebody, such as another stack that starts at the
 * same moment, may take a port between its being found free and its being listened on, and the executor then dies of it.
 */
export class HealthPorts {
  /** `GET /health/ready` of each executor, in their order. */
  readonly urls: string[] = [];
  readonly #options: HealthPortOptions;
  readonly #ports: number[] = [];
  // One choice after another, so that no two executors of this stack find the same port free.
  #last: Promise<unknown> = Promise.resolve();

  constructor(options: HealthPortOptions) {
    this.#options = options;
  }

  /** The port that the executor had, as long as nobody else has it. */
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
