/** What a token may be good for. Whoever may write may need to read what came of it, so nobody only writes. */
export const SCOPES = ['tasks:read', 'tasks:write'] as const;
export type Scope = (typeof SCOPES)[number];

/** Who calls, and what they may do. */
export interface Access {
  /** The same for every request of one client: its token's name and id, or a fixed word where there are no tokens. */
  readonly client: string;
  readonly scopes: readonly Scope[];
}

/** @param readOnly nobody may write, whatever their token says */
export function accessOf(client: string, scopes: readonly string[], readOnly: boolean): Access {
  const granted = SCOPES.filter((scope) => scopes.includes(scope));
  return { client, scopes: readOnly ? granted.filter((scope) => scope !== 'tasks:write') : granted };
}
