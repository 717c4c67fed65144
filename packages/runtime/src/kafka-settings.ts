import { Type } from '@sinclair/typebox';
import { type readEnvironment, refuse } from './environment.ts';
import { isLoopbackHost } from './loopback.ts';
import { belongTogether, readCertificates, readPrivateKey } from './pem-file.ts';
import { oneOf, optional, settings } from './settings.ts';

const MECHANISMS = ['plain', 'scram-sha-256', 'scram-sha-512'] as const;

/** Read by every service that connects to Kafka; `kafkaConnection` turns them into connection options. */
export const kafkaSettings = {
  KAFKA_BROKERS: settings.KAFKA_BROKERS,
  KAFKA_SSL: oneOf(['on', 'off'], {
    default: 'off',
    description: 'on: TLS to the brokers; off: plain text',
  }),
  KAFKA_SSL_CA_FILE: optional(
    Type.String({ description: "a PEM file with the certificates that may have signed the brokers' own" }),
  ),
  KAFKA_SSL_CERT_FILE: optional(Type.String({ description: "a PEM file with the client's certificate" })),
  KAFKA_SSL_KEY_FILE: optional(
    Type.String({ description: 'a PEM file with the key of KAFKA_SSL_CERT_FILE' }),
  ),
  KAFKA_SASL_MECHANISM: optional(oneOf(MECHANISMS)),
  KAFKA_SASL_USERNAME: optional(Type.String()),
  KAFKA_SASL_PASSWORD: optional(Type.String()),
};

type KafkaEnvironment = ReturnType<typeof readEnvironment<typeof kafkaSettings>>;

export interface KafkaConnection {
  readonly brokers: readonly string[];
  /** PEM texts; without `ca`, the authorities that Bun knows are trusted. */
  readonly tls: { readonly ca?: string; readonly cert?: string; readonly key?: string } | undefined;
  readonly sasl:
    | {
        readonly mechanism: (typeof MECHANISMS)[number];
        readonly username: string;
        readonly password: string;
      }
    | undefined;
}

/** @throws ConfigurationError for settings that are missing, have no effect or would expose the password */
export function kafkaConnection(environment: KafkaEnvironment): KafkaConnection {
  const brokers = environment.KAFKA_BROKERS.split(',');
  const nowhere = brokers.find((broker) => !isPort(broker.split(':')[1]));
  if (nowhere) refuse('KAFKA_BROKERS', `${nowhere}: a port is from 1 to 65535`);
  const tls = tlsOf(environment);
  const sasl = saslOf(environment);
  if (sasl?.mechanism === 'plain' && !tls && !brokers.every(isLoopbackHost)) {
    refuse(
      'KAFKA_SASL_MECHANISM',
      'plain would send the password unencrypted; set KAFKA_SSL=on, or use scram-sha-512',
    );
  }
  return { brokers, tls, sasl };
}

function isPort(text: string | undefined): boolean {
  return Number(text) >= 1 && Number(text) <= 65_535;
}

function tlsOf(environment: KafkaEnvironment): KafkaConnection['tls'] {
  const {
    KAFKA_SSL_CA_FILE: caFile,
    KAFKA_SSL_CERT_FILE: certFile,
    KAFKA_SSL_KEY_FILE: keyFile,
  } = environment;
  if (environment.KAFKA_SSL === 'off') {
    if (caFile ?? certFile ?? keyFile) {
      refuse('KAFKA_SSL', 'is off, and KAFKA_SSL_…_FILE have no effect then; set it to on, or unset those');
    }
    return undefined;
  }
  const ca = caFile && { ca: readCertificates('KAFKA_SSL_CA_FILE', caFile) };
  if (!certFile && !keyFile) return { ...ca };
  if (!keyFile) refuse('KAFKA_SSL_KEY_FILE', 'is not set, and KAFKA_SSL_CERT_FILE needs its key');
  if (!certFile) refuse('KAFKA_SSL_CERT_FILE', 'is not set, and KAFKA_SSL_KEY_FILE needs its certificate');
  const cert = readCertificates('KAFKA_SSL_CERT_FILE', certFile);
  const key = readPrivateKey('KAFKA_SSL_KEY_FILE', keyFile);
  if (!belongTogether(cert, key)) {
    refuse('KAFKA_SSL_KEY_FILE', `${keyFile} is not the key of the certificate in ${certFile}`);
  }
  return { ...ca, cert, key };
}

function saslOf(environment: KafkaEnvironment): KafkaConnection['sasl'] {
  const {
    KAFKA_SASL_MECHANISM: mechanism,
    KAFKA_SASL_USERNAME: username,
    KAFKA_SASL_PASSWORD: password,
  } = environment;
  if (!mechanism) {
    if (username ?? password) {
      const values = MECHANISMS.join(', ');
      refuse('KAFKA_SASL_MECHANISM', `is not set, and there is a username or password: one of ${values}`);
    }
    return undefined;
  }
  if (!username) refuse('KAFKA_SASL_USERNAME', `is not set, and KAFKA_SASL_MECHANISM=${mechanism} needs it`);
  if (!password) refuse('KAFKA_SASL_PASSWORD', `is not set, and KAFKA_SASL_MECHANISM=${mechanism} needs it`);
  return { mechanism, username, password };
}
