import { createPrivateKey, X509Certificate } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { refuse } from './environment.ts';

const CERTIFICATES = /-----BEGIN CERTIFICATE-----[^-]+-----END CERTIFICATE-----/g;

/** @throws ConfigurationError naming variable and path */
export function readCertificates(variable: string, path: string): string {
  const pem = read(variable, path);
  try {
    const certificates = pem.match(CERTIFICATES) ?? [];
    for (const certificate of certificates) new X509Certificate(certificate);
    if (certificates.length > 0) return pem;
  } catch {
    // Refused below.
  }
  return refuse(variable, `${path} holds no certificate in PEM form (-----BEGIN CERTIFICATE-----)`);
}

/** @throws ConfigurationError naming variable and path, but nothing of the key */
export function readPrivateKey(variable: string, path: string): string {
  const pem = read(variable, path);
  if (/ENCRYPTED/.test(pem)) refuse(variable, `the key in ${path} has a passphrase; decrypt it`);
  try {
    createPrivateKey(pem);
    return pem;
  } catch {
    return refuse(variable, `${path} holds no private key in PEM form (-----BEGIN PRIVATE KEY-----)`);
  }
}

/** Whether the first of the certificates belongs to this key. */
export function belongTogether(certificates: string, key: string): boolean {
  return new X509Certificate(certificates).checkPrivateKey(createPrivateKey(key));
}

function read(variable: string, path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch (error) {
    return refuse(variable, `${path} cannot be read: ${(error as NodeJS.ErrnoException).code}`);
  }
}
