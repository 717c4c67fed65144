import { TASK_STATUSES, type TaskStatus } from '@millrace/contracts';

type TaskPart = 'result' | 'timeline';

export type ResourceRef =
  | { readonly kind: 'recent'; readonly status?: TaskStatus | undefined }
  | { readonly kind: 'stats' }
  | { readonly kind: 'task'; readonly id: string; readonly part?: TaskPart | undefined };

const TASK =
  /^task:\/\/([0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12})(?:\/(result|timeline))?$/i;
const RECENT = new RegExp(`^tasks://recent(?:/(${TASK_STATUSES.join('|')}))?$`);

/** What a URI stands for; null if there is no resource of this kind. Whether the task exists is another question. */
export function parseResourceUri(uri: string): ResourceRef | null {
  if (uri === 'tasks://stats') return { kind: 'stats' };
  const recent = RECENT.exec(uri);
  if (recent) return { kind: 'recent', status: recent[1] as TaskStatus | undefined };
  const [, id, part] = TASK.exec(uri) ?? [];
  if (id === undefined) return null;
  return { kind: 'task', id: id.toLowerCase(), part: part?.toLowerCase() as TaskPart | undefined };
}
