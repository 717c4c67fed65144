/**
 * What a key may be good for: to read tasks, to submit, cancel and retry them, and to do so with the tasks of all owners and not just
 * its own.
 */
export const SCOPES = ['tasks:read', 'tasks:write', 'admin'] as const;
export type Scope = (typeof SCOPES)[number];

/** What an operation asks for; `admin` says whose tasks, and gives none of these. */
export type OperationScope = Exclude<Scope, 'admin'>;

export function isScope(text: string): text is Scope {
  return SCOPES.some((scope) => scope === text);
}
