import { readFileSync } from 'node:fs';
import type { ConnectionOptions } from 'node:tls';

/**
 * Reads `sslmode` and `sslrootcert` of a URL with libpq's meaning: `require` encrypts without verifying (with
 * `sslrootcert`, it is verify-ca), `verify-ca` demands a certificate from a trusted authority, `verify-full`
 * also one for the URL's host. Without `sslmode` nothing is encrypted. The driver's own interpretation
 * verifies nothing.
 *
 * @throws for an unknown mode, or if the file of `sslrootcert` cannot be read
 */
export function readTls(url: string): { address: string; ssl: ConnectionOptions | false } {
  // Only the query is parsed: a URL may name several hosts, which the class URL refuses.
  const [address = '', query] = url.split('?', 2);
  const parameters = new URLSearchParams(query);
  const mode = parameters.get('sslmode') ?? 'disable';
  const caFile = parameters.get('sslrootcert');
  parameters.delete('sslmode');
  parameters.delete('sslrootcert');
  return {
    address: parameters.size > 0 ? `${address}?${parameters}` : address,
    ssl: sslOf(mode, caFile === null ? undefined : readFileSync(caFile, 'utf8')),
  };
}

function sslOf(mode: string, ca: string | undefined): ConnectionOptions | false {
  const trusted = { rejectUnauthorized: true, ...(ca !== undefined && { ca }) };
  switch (mode) {
    case 'disable':
      return false;
    case 'require':
      return ca === undefined ? { rejectUnauthorized: false } : { ...trusted, ...anyHost };
    case 'verify-ca':
      return { ...trusted, ...anyHost };
    case 'verify-full':
      return trusted;
    default:
      throw new Error(`sslmode ${mode} is not supported: disable, require, verify-ca and verify-full are`);
  }
}

const anyHost = { checkServerIdentity: () => undefined } satisfies ConnectionOptions;
