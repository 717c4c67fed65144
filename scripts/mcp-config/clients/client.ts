import type { Launch } from '../launch.ts';
import { jsonCode, type Section } from '../section.ts';

/** The server's name in every client. */
export const SERVER_NAME = 'millrace';
/** The variable in which clients that read the environment find their key. */
export const KEY_VARIABLE = 'MILLRACE_API_KEY';

export interface HttpAddress {
  readonly url: string;
  readonly needsKey: boolean;
}

/** How one client is configured. */
export interface Client {
  stdio(launch: Launch): Section[];
  http(address: HttpAddress): Section[];
}

/** The header with the key, as a reference that the client resolves; empty if no key is needed. */
export function authorization({ needsKey }: HttpAddress, reference: string) {
  return needsKey ? { headers: { Authorization: `Bearer ${reference}` } } : {};
}

/** The end of an instruction if a key is needed. */
export function keyHint({ needsKey }: HttpAddress): string {
  if (!needsKey) return '';
  return ` \`bun run keys create --name me\` creates an API key; put it into the environment variable ${KEY_VARIABLE}.`;
}

/** A file in the format that most clients share. */
export function mcpServersFile(title: string, instruction: string, server: object): Section {
  return { title, instruction, code: jsonCode({ mcpServers: { [SERVER_NAME]: server } }) };
}
