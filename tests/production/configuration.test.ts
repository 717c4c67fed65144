import { beforeAll, describe, expect, test } from 'bun:test';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import {
  ConfigurationError,
  databaseSettings,
  databaseUrl,
  kafkaConnection,
  kafkaSettings,
  readEnvironment,
} from '@millrace/runtime';
import { shared } from '../shared.ts';
import { Authority, type Certificate, openssl, withoutOpenssl } from './certificates.ts';

if (withoutOpenssl) console.warn(`skipped: TLS configuration, ${withoutOpenssl}`);

describe.skipIf(withoutOpenssl !== undefined)('TLS configuration', () => {
  const authority = shared(() => Authority.create());
  /** Names of the test files: the authority, a client, somebody else's key, … */
  const files: Record<string, string> = {};
  beforeAll(async () => {
    const client: Certificate = await authority.issue('client', { names: 'DNS:client' });
    const other = await authority.issue('other', { names: 'DNS:other' });
    const path = (name: string) => join(authority.folder, name);
    await openssl('pkey', '-in', client.key, '-aes256', '-passout', 'pass:x', '-out', path('locked.key'));
    await openssl('x509', '-in', client.cert, '-outform', 'DER', '-out', path('client.der'));
    await writeFile(path('broken'), '-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n');
    Object.assign(files, {
      CA: authority.ca,
      CERT: client.cert,
      KEY: client.key,
      OTHER_KEY: other.key,
      LOCKED_KEY: path('locked.key'),
      DER: path('client.der'),
      BROKEN: path('broken'),
      NOWHERE: '/nowhere/at.all',
    });
  });

  /** Words in capitals stand for files. */
  const withFiles = (environment: Record<string, string>) =>
    Object.fromEntries(Object.entries(environment).map(([name, value]) => [name, files[value] ?? value]));

  describe('for Postgres', () => {
    const URL = 'postgres://user:secret@one,two:5433/millrace';
    const read = (query: string, caFile: string) =>
      databaseUrl(
        readEnvironment(databaseSettings, withFiles({ DATABASE_URL: URL + query, DATABASE_CA_FILE: caFile })),
      );

    test.each([
      ['', '', ''],
      ['?sslmode=disable', '', '?sslmode=disable'],
      ['?sslmode=require', '', '?sslmode=require'],
      ['?sslmode=verify-full', '', '?sslmode=verify-full'],
      ['?sslmode=verify-ca', 'CA', '?sslmode=verify-ca&sslrootcert=CA'],
      ['?options=-c%20a%3Db&sslmode=require', 'CA', '?options=-c+a%3Db&sslmode=require&sslrootcert=CA'],
    ])('%p with authority %p', (query, caFile, expected) => {
      expect(read(query, caFile)).toBe(URL + expected.replace('CA', encodeURIComponent(authority.ca)));
    });

    test.each([
      [
        '?sslmode=prefer',
        '',
        /DATABASE_URL: prefer may fall back to no TLS unnoticed; sslmode is one of disable/,
      ],
      [
        '?sslmode=verify_full',
        '',
        /DATABASE_URL: sslmode is one of disable, require, verify-ca, verify-full/,
      ],
      ['?ssl=true', '', /DATABASE_URL: ssl is not supported; sslmode says/],
      ['?sslmode=require&sslcert=/x', '', /DATABASE_URL: sslcert is not supported/],
      ['?sslmode=verify-full&sslrootcert=/x', '', /set DATABASE_CA_FILE instead of sslrootcert/],
      ['?sslmode=verify-ca', '', /DATABASE_CA_FILE: sslmode=verify-ca needs it/],
      ['', 'CA', /DATABASE_CA_FILE: DATABASE_URL uses no TLS; add \?sslmode=verify-full/],
      ['?sslmode=verify-full', 'NOWHERE', /DATABASE_CA_FILE: \/nowhere\/at\.all cannot be read: ENOENT/],
      ['?sslmode=verify-full', 'KEY', /DATABASE_CA_FILE: .* holds no certificate in PEM form/],
    ])('refuses %p with authority %p', (query, caFile, reason) => {
      expect(() => read(query, caFile)).toThrow(ConfigurationError);
      expect(() => read(query, caFile)).toThrow(reason);
      expect(() => read(query, caFile)).not.toThrow(/secret/);
    });
  });

  describe('for Kafka', () => {
    const read = (environment: Record<string, string>) =>
      kafkaConnection(readEnvironment(kafkaSettings, withFiles(environment)));
    const TLS = { KAFKA_SSL: 'on' };
    const LOGIN = { KAFKA_SASL_USERNAME: 'user', KAFKA_SASL_PASSWORD: 'secret' };

    test('plain text by default', () => {
      expect(read({})).toEqual({ brokers: ['127.0.0.1:9092'], tls: undefined, sasl: undefined });
    });

    test('authority, certificate and key are read', async () => {
      expect(read(TLS).tls).toEqual({});
      const own = { KAFKA_SSL_CA_FILE: 'CA', KAFKA_SSL_CERT_FILE: 'CERT', KAFKA_SSL_KEY_FILE: 'KEY' };
      const text = (name: string) => readFile(files[name]!, 'utf8');
      expect(read({ ...TLS, ...own }).tls).toEqual({
        ca: await text('CA'),
        cert: await text('CERT'),
        key: await text('KEY'),
      });
    });

    test('logins are read', () => {
      const sasl = { mechanism: 'plain', username: 'user', password: 'secret' };
      const plain = { KAFKA_SASL_MECHANISM: 'plain', ...LOGIN };
      expect(read({ ...plain, ...TLS, KAFKA_BROKERS: 'kafka.example:9093' }).sasl).toMatchObject(sasl);
      expect(read(plain).sasl).toMatchObject(sasl);
      const scram = { KAFKA_SASL_MECHANISM: 'scram-sha-512', ...LOGIN, KAFKA_BROKERS: 'kafka.example:9092' };
      expect(read(scram).sasl).toMatchObject({ mechanism: 'scram-sha-512' });
    });

    test.each([
      [{ KAFKA_SSL: 'yes' }, /KAFKA_SSL: .*\(on: TLS to the brokers; off: plain text\)/],
      [{ KAFKA_SSL_CA_FILE: 'CA' }, /KAFKA_SSL: is off, and KAFKA_SSL_…_FILE have no effect then/],
      [
        { ...TLS, KAFKA_SSL_CA_FILE: 'NOWHERE' },
        /KAFKA_SSL_CA_FILE: \/nowhere\/at\.all cannot be read: ENOENT/,
      ],
      [
        { ...TLS, KAFKA_SSL_CA_FILE: 'DER' },
        /KAFKA_SSL_CA_FILE: .*client\.der holds no certificate in PEM form/,
      ],
      [
        { ...TLS, KAFKA_SSL_CA_FILE: 'BROKEN' },
        /KAFKA_SSL_CA_FILE: .*broken holds no certificate in PEM form/,
      ],
      [
        { ...TLS, KAFKA_SSL_CERT_FILE: 'CERT' },
        /KAFKA_SSL_KEY_FILE: is not set, and KAFKA_SSL_CERT_FILE needs/,
      ],
      [
        { ...TLS, KAFKA_SSL_KEY_FILE: 'KEY' },
        /KAFKA_SSL_CERT_FILE: is not set, and KAFKA_SSL_KEY_FILE needs/,
      ],
      [
        { ...TLS, KAFKA_SSL_CERT_FILE: 'CERT', KAFKA_SSL_KEY_FILE: 'OTHER_KEY' },
        /KAFKA_SSL_KEY_FILE: .*other\.key is not the key of the certificate in .*client\.crt/,
      ],
      [
        { ...TLS, KAFKA_SSL_CERT_FILE: 'CERT', KAFKA_SSL_KEY_FILE: 'CERT' },
        /KAFKA_SSL_KEY_FILE: .* holds no private key in PEM form/,
      ],
      [
        { ...TLS, KAFKA_SSL_CERT_FILE: 'CERT', KAFKA_SSL_KEY_FILE: 'LOCKED_KEY' },
        /KAFKA_SSL_KEY_FILE: the key in .*locked\.key has a passphrase; decrypt it/,
      ],
      [
        { KAFKA_BROKERS: 'a.example:9092,b.example:99092' },
        /KAFKA_BROKERS: b.example:99092: a port is from 1/,
      ],
      [{ KAFKA_BROKERS: 'a.example:0' }, /KAFKA_BROKERS: a.example:0: a port is from 1/],
      [LOGIN, /KAFKA_SASL_MECHANISM: is not set, and there is a username or password/],
      [{ KAFKA_SASL_MECHANISM: 'gssapi', ...LOGIN }, /KAFKA_SASL_MECHANISM: .*one of plain, scram-sha-256/],
      [{ KAFKA_SASL_MECHANISM: 'plain', KAFKA_SASL_PASSWORD: 'secret' }, /KAFKA_SASL_USERNAME: is not set/],
      [{ KAFKA_SASL_MECHANISM: 'plain', KAFKA_SASL_USERNAME: 'user' }, /KAFKA_SASL_PASSWORD: is not set/],
      [
        { KAFKA_SASL_MECHANISM: 'plain', ...LOGIN, KAFKA_BROKERS: 'localhost:9092,kafka.example:9092' },
        /KAFKA_SASL_MECHANISM: plain would send the password unencrypted; set KAFKA_SSL=on/,
      ],
    ])('refuses %p', (environment: Record<string, string>, reason) => {
      expect(() => read(environment)).toThrow(ConfigurationError);
      expect(() => read(environment)).toThrow(reason);
      expect(() => read(environment)).not.toThrow(/secret/);
    });
  });
});
