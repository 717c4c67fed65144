import { claudeCode } from './clients/claude-code.ts';
import { claudeDesktop } from './clients/claude-desktop.ts';
import type { Client, HttpAddress } from './clients/client.ts';
import { cursor } from './clients/cursor.ts';
import { vsCode } from './clients/vs-code.ts';
import type { Launch } from './launch.ts';
import type { Section } from './section.ts';

const clients = {
  'claude-desktop': claudeDesktop,
  'claude-code': claudeCode,
  cursor,
  'vs-code': vsCode,
} satisfies Record<string, Client>;

export type ClientName = keyof typeof clients;
export const CLIENT_NAMES = Object.keys(clients) as ClientName[];

export interface Wanted {
  readonly clients: readonly ClientName[];
  readonly readOnly: boolean;
  /** Undefined: not asked for. */
  readonly stdio: Launch | undefined;
  readonly http: HttpAddress | undefined;
}

export function sectionsFor({ clients: names, readOnly, stdio, http }: Wanted): Section[] {
  // A server that needs no key lets every client do everything; no client configuration can change that.
  const served = http && (!readOnly || http.needsKey) ? http : undefined;
  const sections = names.flatMap((name) => [
    ...(stdio ? clients[name].stdio(stdio) : []),
    ...(served ? clients[name].http(served) : []),
  ]);
  return readOnly && http ? [...sections, readOnlyOverHttp(http)] : sections;
}

function readOnlyOverHttp({ needsKey }: HttpAddress): Section {
  const byKey = 'a client whose API key has only the scope tasks:read can only read';
  return {
    title: 'Read-only over HTTP',
    instruction: needsKey
      ? `The key decides: ${byKey}.`
      : `The server decides: with MCP_READ_ONLY=1 clients can only read; with MCP_AUTH=token, ${byKey}.`,
  };
}
