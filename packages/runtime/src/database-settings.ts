import { Type } from '@sinclair/typebox';
import { type readEnvironment, refuse } from './environment.ts';
import { readCertificates } from './pem-file.ts';
import { oneOf, optional, settings } from './settings.ts';

/** Read by every service that connects to Postgres; `databaseUrl` combines them. */
export const databaseSettings = {
  DATABASE_URL: settings.DATABASE_URL,
  DATABASE_CA_FILE: optional(
    Type.String({ description: "a PEM file with the certificates that may have signed Postgres's own" }),
  ),
};

/** Whether a service migrates the schema itself, or waits for `bun run migrate`. */
export const MIGRATE = oneOf(['auto', 'wait'], {
  default: 'auto',
  description: 'auto: migrates at startup; wait: waits until the schema has been migrated by someone else',
});

const MODES = ['disable', 'require', 'verify-ca', 'verify-full'];
/** libpq's options that the driver does not support: they must not be ignored silently. */
const UNSUPPORTED = [
  'ssl',
  'sslcert',
  'sslkey',
  'sslpassword',
  'sslcrl',
  'sslnegotiation',
  'channel_binding',
];

/** What precedes the hosts, and the hosts. */
const HOSTS = /^(postgres(?:ql)?:\/\/(?:[^@/]*@)?)([^/@?]*)/;

/**
 * Refuses URLs that the driver would misread, or reject with the whole URL in its message: mostly ones with
 * an unescaped password.
 *
 * @throws ConfigurationError without the URL in it
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

/** Checks each host separately: the class URL does not allow several. */
function isDatabaseAddress(url: string): boolean {
  const [all = '', before = '', hosts = ''] = HOSTS.exec(url) ?? [];
  return hosts.split(',').every((host) => isAddressOfOneHost(before + host + url.slice(all.length)));
}

function isAddressOfOneHost(url: string): boolean {
  try {
    const { username, password, pathname, search, hash } = new URL(url);
    for (const part of [username, password, pathname]) decodeURIComponent(part);
    // With an unescaped / ? or # in a password, the rest of it ends up in these.
    return hash === '' && !pathname.includes('@') && !/^\?[^=]*@/.test(search);
  } catch {
    return false;
  }
}

/**
 * The address of Postgres, with the trusted certificates in `sslrootcert`, as in libpq.
 *
 * @throws ConfigurationError if it is not a URL, or its TLS options would not protect the connection as they claim
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
    refuse('DATABASE_URL', fallsBack ? `${mode} may fall back to no TLS unnoticed; ${remedy}` : remedy);
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
