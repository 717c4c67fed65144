import type { Launch } from '../launch.ts';
import type { Section } from '../section.ts';

/** What every client calls the server. */
export const SERVER_NAME = 'millrace';
/** Where clients that read environment variables are to find their token. */
export const TOKEN_VARIABLE = 'MILLRACE_MCP_TOKEN';

export interface HttpAddress {
  readonly url: string;
  readonly needsToken: boolean;
}

/** How one client wants to be configured. */
export interface Client {
  stdio(launch: Launch): Section[];
  http(address: HttpAddress): Section[];
}

/** The header that carries a token, as `reference` names it to the client, or no header at all. */
export function authorization({ needsToken }: HttpAddress, reference: string) {
  return needsToken ? { headers: { Authorization: `Bearer ${reference}` } } : {};
}

/** Ends an instruction where a token is needed. */
export function tokenHint({ needsToken }: HttpAddress): string {
  if (!needsToken) return '';
  return ` \`bun run keys create\` makes a token; put it into the environment variable ${TOKEN_VARIABLE}.`;
}
