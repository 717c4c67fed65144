import type { Launch } from '../launch.ts';
import type { Section } from '../section.ts';

/** What every client calls the server. */
export const SERVER_NAME = 'millrace';
/** Where clients that read environment variables are to find their key. */
export const KEY_VARIABLE = 'MILLRACE_API_KEY';

export interface HttpAddress {
  readonly url: string;
  readonly needsKey: boolean;
}

/** How one client wants to be configured. */
export interface Client {
  stdio(launch: Launch): Section[];
  http(address: HttpAddress): Section[];
}

/** The header that carries a key, as `reference` names it to the client, or no header at all. */
export function authorization({ needsKey }: HttpAddress, reference: string) {
  return needsKey ? { headers: { Authorization: `Bearer ${reference}` } } : {};
}

/** Ends an instruction where a key is needed. */
export function keyHint({ needsKey }: HttpAddress): string {
  if (!needsKey) return '';
  return ` \`bun run keys create --name me\` makes an API key; put it into the environment variable ${KEY_VARIABLE}.`;
}
