import type { Logger } from '@millrace/contracts';
import { parseResourceUri, type ResourceRef } from '../resources/uri.ts';
import type { TaskWatch } from './task-watch.ts';

type Shared = Exclude<ResourceRef, { kind: 'task' }>;

export interface ResourceWatchOptions {
  readonly tasks: TaskWatch;
  /** Anything that is equal as long as the resource has not changed. */
  fingerprint(resource: Shared): Promise<string>;
  readonly logger: Logger;
  readonly intervalMs?: number;
}

const INTERVAL_MS = 2_000;

/** Tells when a resource has changed since somebody began to watch it. */
export class ResourceWatch {
  readonly #options: ResourceWatchOptions;

  constructor(options: ResourceWatchOptions) {
    this.#options = options;
  }

  /** @returns stops watching; null if there is no such kind of resource, or no room for another watcher */
  watch(uri: string, onChange: () => void): (() => void) | null {
    const resource = parseResourceUri(uri);
    if (!resource) return null;
    return resource.kind === 'task' ? this.#watchTask(resource.id, onChange) : this.#poll(resource, onChange);
  }

  #watchTask(id: string, onChange: () => void): (() => void) | null {
    if (this.#options.tasks.full) return null;
    let begun = false;
    return this.#options.tasks.watch(id, () => {
      if (begun) onChange();
      begun = true;
    });
  }

  #poll(resource: Shared, onChange: () => void): () => void {
    const { fingerprint, logger, intervalMs = INTERVAL_MS } = this.#options;
    let last: string | undefined;
    let asking = false;
    const look = async () => {
      if (asking) return;
      asking = true;
      try {
        const now = await fingerprint(resource);
        if (last !== undefined && now !== last) onChange();
        last = now;
      } catch (error) {
        logger.debug({ err: error, resource }, 'could not look at a watched resource');
      }
      asking = false;
    };
    void look();
    const timer = setInterval(look, intervalMs);
    return () => clearInterval(timer);
  }
}
