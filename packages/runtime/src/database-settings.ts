import { Type } from '@sinclair/typebox';
import { type readEnvironment, refuse } from './environment.ts';
import { readCertificates } from './pem-file.ts';
import { oneOf, optional, settings } from './settings.ts';

/** What every service that connects to Postgres reads; `databaseUrl` makes one address of it. */
export const databaseSettings = {
  DATABASE_URL: settings.DATABASE_URL,
  DATABASE_CA_FILE: optional(
    Type.String({ description: "a PEM file with the certificates that may have signed Postgres's own" }),
  ),
};

/** Whether a service brings the schema up to date itself, or waits until `bun run migrate` has. */
export const MIGRATE = oneOf(['auto', 'wait'], {
  default: 'auto',
  description: 'auto: migrates at the start; wait: waits until the schema is migrated by somebody else',
});

const MODES = ['disable', 'require', 'verify-ca', 'verify-full'];
/** libpq has these, and a driver that does not must not pass over them without a word. */
const UNSUPPORTED = [
  'ssl',
  'sslcert',
  'sslkey',
  'sslpassword',
  'sslcrl',
  'sslnegotiation',
  'channel_binding',
];

/** What stands before the hosts, and the hosts. */
const HOSTS = /^(postgres(?:ql)?:\/\/(?:[^@/]*@)?)([^/@?]*)/;

/**
 * Refuses what the driver would misread or, with all of the URL in its words, throw at: mostly a password that was written as it is.
 *
 * @throws ConfigurationError without the URL
 */
export function requireDatabaseAddress(variable: string, url: string): void {
  if (!isDatabaseAddress(url)) {
    const remedy = 'a user or password has / ? # % @ and : written as %2F %3F %23 %25 %40 and %3A';
    refuse(variable, `not a URL as postgres://user:password@host:port/database; ${remedy}`);
  }
  // An IPv6 address or a socket.
  if (/[[%]/.test(HOSTS.exec(url)?.[2] ?? '')) {
    refuse(variable, 'a host in it is a name or an IPv4 address: give an IPv6 address a name');
  }
}

/** Of each host by itself: the class URL knows nothing of several. */
function isDatabaseAddress(url: string): boolean {
  const [all = '', before = '', hosts = ''] = HOSTS.exec(url) ?? [];
  return hosts.split(',').every((host) => isAddressOfOneHost(before + host + url.slice(all.length)));
}

function isAddressOfOneHost(url: string): boolean {
  try {
    const { username, password, pathname, search, hash } = new URL(url);
    for (const part of [username, password, pathname]) decodeURIComponent(part);
    // What follows such a sign in a password is taken for all that follows the host.
    return hash === '' && !pathname.includes('@') && !/^\?[^=]*@/.test(search);
  } catch {
    return false;
  }
}

/**
 * The address of Postgres, with the certificates to trust where libpq has them too: in `sslrootcert`.
 *
 * @throws ConfigurationError where it is no URL, or TLS is asked for in a way that would not protect the connection as it says
 */
export function databaseUrl({
  DATABASE_URL: url,
  DATABASE_CA_FILE: caFile,
}: ReturnType<typeof readEnvironment<typeof databaseSettings>>): string {
  requireDatabaseAddress('DATABASE_URL', url);
  // Only the query is parsed: a URL may name several hosts, which the class URL refuses.
  const [address = '', query] = url.split('?', 2);
  const parameters = new URLSearchParams(query);
  const mode = parameters.get('sslmode') ?? 'disable';
  if (!MODES.includes(mode)) {
    const remedy = `sslmode is one of ${MODES.join(', ')}`;
    const fallsBack = mode === 'prefer' || mode === 'allow';
    refuse('DATABASE_URL', fallsBack ? `${mode} may go without TLS unnoticed; ${remedy}` : remedy);
  }
  const unsupported = UNSUPPORTED.find((name) => parameters.has(name));
  if (unsupported) {
    refuse('DATABASE_URL', `${unsupported} is not supported; sslmode says whether and how to use TLS`);
  }
  if (parameters.has('sslrootcert')) refuse('DATABASE_URL', 'set DATABASE_CA_FILE instead of sslrootcert');
  if (caFile === undefined) {
    if (mode === 'verify-ca') {
      refuse('DATABASE_CA_FILE', 'sslmode=verify-ca needs it: any public authority would do otherwise');
    }
    return url;
  }
  if (mode === 'disable') {
    refuse('DATABASE_CA_FILE', 'DATABASE_URL uses no TLS; add ?sslmode=verify-full to it');
  }
  readCertificates('DATABASE_CA_FILE', caFile);
  parameters.set('sslrootcert', caFile);
  return `${address}?${parameters}`;
}
