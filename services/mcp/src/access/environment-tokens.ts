import { type Access, accessOf, isScope, SCOPES } from '@millrace/access';
import { hashApiKey } from '@millrace/db';
import { refuse as refuseVariable } from '@millrace/runtime';

const NAME = /^[A-Za-z0-9._-]{1,64}$/;
const HASHED = /^sha256:([0-9a-f]{64})$/i;
/** RFC 6750's characters, and enough of them not to be guessed. */
const PLAIN = /^[A-Za-z0-9._~+/-]{32,512}=*$/;

/**
 * Reads `MCP_TOKENS`: entries separated by commas, each `name=token`, then `;scopes=` with the scopes joined
 * by `+` (`tasks:read` if left out) and `;owner=` (the name if left out). Instead of a token, `sha256:` and
 * its hash keep the token itself out of the environment.
 *
 * @returns what the holder of each may do, by the token's SHA-256 in hex
 * @throws ConfigurationError that names the entry and never its token
 */
export function parseTokens(text: string): Map<string, Access> {
  const tokens = text
    .split(',')
    .map((entry) => entry.trim())
    .filter(Boolean)
    .map(parseToken);
  const twice = tokens.find(({ name }, index) => tokens.findIndex((other) => other.name === name) < index);
  if (twice) refuse(`"${twice.name}" is named twice`);
  return new Map(tokens.map(({ hash, access }) => [hash, access]));
}

function parseToken(entry: string, index: number) {
  const [head = '', ...options] = entry.split(';').map((part) => part.trim());
  const separator = head.indexOf('=');
  const name = head.slice(0, separator);
  if (separator < 1 || !NAME.test(name)) {
    refuse(`entry ${index + 1} does not begin with a name and "=" (letters, digits and . _ - make a name)`);
  }
  const given = optionsOf(name, options);
  const owner = given.get('owner') ?? name;
  if (!NAME.test(owner)) refuse(`"${name}" has an owner that is not made of letters, digits and . _ -`);
  const hash = hashOf(name, head.slice(separator + 1));
  const scopes = scopesOf(name, given.get('scopes') ?? 'tasks:read');
  const access = accessOf(`environment/${name}`, { scopes, owner, rate_limit: null, max_open_tasks: null });
  return { name, hash, access };
}

function hashOf(name: string, token: string): string {
  const hashed = HASHED.exec(token)?.[1];
  if (hashed) return hashed.toLowerCase();
  if (!PLAIN.test(token)) {
    refuse(
      `the token of "${name}" must be 32 to 512 letters, digits and . _ ~ + / -, or sha256: and its hash`,
    );
  }
  return hashApiKey(token);
}

function optionsOf(name: string, options: readonly string[]): Map<string, string> {
  const given = new Map<string, string>();
  for (const option of options) {
    const [, key, value] = /^(scopes|owner)=(.*)$/.exec(option) ?? [];
    if (key === undefined || value === undefined || given.has(key)) {
      refuse(`"${name}" takes the options scopes= and owner=, once each`);
    }
    given.set(key, value);
  }
  return given;
}

function scopesOf(name: string, text: string): string[] {
  const scopes = text.split('+');
  for (const scope of scopes) {
    if (!isScope(scope)) {
      refuse(`"${name}" has an unknown scope; the scopes are: ${SCOPES.join(', ')}`);
    }
  }
  if (!scopes.includes('tasks:read')) refuse(`"${name}" needs tasks:read too: every call reads`);
  return scopes;
}

function refuse(reason: string): never {
  refuseVariable('MCP_TOKENS', reason);
}
