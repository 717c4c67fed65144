import { TASK_STATUSES, type TaskStatus } from '@millrace/contracts';

/** The parts of a task that can be read by themselves. */
export type TaskPart = 'result' | 'timeline';

export type ResourceRef =
  | { readonly kind: 'recent'; readonly status?: TaskStatus }
  | { readonly kind: 'stats' }
  | { readonly kind: 'task'; readonly id: string; readonly part?: TaskPart };

const TASK =
  /^task:\/\/([0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12})(?:\/(result|timeline))?$/i;
const RECENT = /^tasks:\/\/recent(?:\/([A-Z]+))?$/;

/** What a URI stands for; null if there is no resource of this kind. Whether the task exists is another question. */
export function parseResourceUri(uri: string): ResourceRef | null {
  if (uri === 'tasks://stats') return { kind: 'stats' };
  const recent = RECENT.exec(uri);
  if (recent) return recentOf(recent[1]);
  const [, id, part] = TASK.exec(uri) ?? [];
  if (!id) return null;
  return { kind: 'task', id: id.toLowerCase(), ...(part && { part: part.toLowerCase() as TaskPart }) };
}

function recentOf(name: string | undefined): ResourceRef | null {
  if (name === undefined) return { kind: 'recent' };
  const status = TASK_STATUSES.find((known) => known === name);
  return status ? { kind: 'recent', status } : null;
}
