/** What a key may do: read tasks; submit, cancel and retry them; and both with the tasks of all owners, not only its own. */
export const SCOPES = ['tasks:read', 'tasks:write', 'admin'] as const;
export type Scope = (typeof SCOPES)[number];

/** What an operation requires; `admin` only says whose tasks, and permits no operation by itself. */
export type OperationScope = Exclude<Scope, 'admin'>;

export function isScope(text: string): text is Scope {
  return SCOPES.some((scope) => scope === text);
}
