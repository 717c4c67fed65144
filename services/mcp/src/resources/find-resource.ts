import { TASK_STATUSES } from '@millrace/contracts';
import { resources } from './catalogue.ts';
import type { Resource } from './resource.ts';

export interface FoundResource {
  readonly resource: Resource;
  readonly variable: string;
}

/** What the variables of the templates stand for. */
const VARIABLES = {
  '{task_id}': String.raw`([\da-fA-F]{8}(?:-[\da-fA-F]{4}){3}-[\da-fA-F]{12})`,
  '{status}': `(${TASK_STATUSES.join('|')})`,
};

const patterns = resources.map((resource) => {
  const source = Object.entries(VARIABLES).reduce(
    (uri, replacement) => uri.replace(...replacement),
    resource.uri,
  );
  return { resource, pattern: new RegExp(`^${source}$`) };
});

/** Null if there is no resource of this kind. Whether the task exists is another question. */
export function findResource(uri: string): FoundResource | null {
  for (const { resource, pattern } of patterns) {
    const found = pattern.exec(uri);
    if (found) return { resource, variable: found[1] ?? '' };
  }
  return null;
}

/** Whether it is about a single task, whose id is the variable. */
export function isAboutTask({ resource }: FoundResource): boolean {
  return resource.fingerprint === undefined;
}
