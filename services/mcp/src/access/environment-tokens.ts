import { hashAccessToken } from '@millrace/db';
import { ConfigurationError } from '@millrace/runtime';
import { SCOPES } from './access.ts';

export interface EnvironmentToken {
  readonly name: string;
  /** SHA-256 in hex. */
  readonly hash: string;
  readonly scopes: readonly string[];
}

const NAME = /^[A-Za-z0-9._-]{1,64}$/;
const HASHED = /^sha256:([0-9a-f]{64})$/i;
/** RFC 6750's characters, and enough of them that nobody guesses one. */
const PLAIN = /^[A-Za-z0-9._~+/-]{32,512}=*$/;

/**
 * Reads `MCP_TOKENS`: entries separated by commas, each `name=token`, then `;scopes=` with the scopes joined by `+` (`tasks:read` if
 * left out). In place of a token stands `sha256:` and its hash where the environment is not to hold it.
 *
 * @throws ConfigurationError that names the entry and never its token
 */
export function parseTokens(text: string): EnvironmentToken[] {
  const tokens = text
    .split(',')
    .map((entry) => entry.trim())
    .filter(Boolean)
    .map(parseToken);
  const twice = tokens.find(({ name }, index) => tokens.findIndex((other) => other.name === name) < index);
  if (twice) refuse(`"${twice.name}" is named twice`);
  return tokens;
}

function parseToken(entry: string, index: number): EnvironmentToken {
  const [head = '', ...options] = entry.split(';').map((part) => part.trim());
  const separator = head.indexOf('=');
  const name = head.slice(0, separator);
  if (separator < 1 || !NAME.test(name)) {
    refuse(`entry ${index + 1} does not begin with a name and "=" (letters, digits and . _ - make a name)`);
  }
  return { name, hash: hashOf(name, head.slice(separator + 1)), scopes: scopesOf(name, options) };
}

function hashOf(name: string, token: string): string {
  const hashed = HASHED.exec(token)?.[1];
  if (hashed) return hashed.toLowerCase();
  if (!PLAIN.test(token)) {
    refuse(
      `the token of "${name}" must be 32 to 512 letters, digits and . _ ~ + / -, or sha256: and its hash`,
    );
  }
  return hashAccessToken(token);
}

function scopesOf(name: string, options: readonly string[]): string[] {
  if (options.length === 0) return ['tasks:read'];
  const [option = ''] = options;
  if (options.length > 1 || !option.startsWith('scopes=')) refuse(`"${name}" takes one option, scopes=`);
  const scopes = option.slice('scopes='.length).split('+');
  for (const scope of scopes) {
    if (!SCOPES.some((known) => known === scope)) {
      refuse(`"${name}" has a scope that is not known; these are: ${SCOPES.join(', ')}`);
    }
  }
  if (!scopes.includes('tasks:read')) refuse(`"${name}" needs tasks:read too: every call reads`);
  return scopes;
}

function refuse(reason: string): never {
  throw new ConfigurationError(`The environment is not valid:\n  MCP_TOKENS: ${reason}`);
}
