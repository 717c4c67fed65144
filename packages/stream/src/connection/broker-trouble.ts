import type { Logger } from '@millrace/contracts';

interface Trouble {
  /** A predicate for the log line's subject, such as `the stream producer`. */
  readonly what: string;
  readonly remedy?: string;
}

const OUTAGE = 'lost its broker';

/** OpenSSL's codes for a certificate with an untrusted issuer, expired, or for another host. */
const CERTIFICATE_CODES =
  /^(CERT_|ERR_TLS_CERT_|SELF_SIGNED_|DEPTH_ZERO_SELF_SIGNED_CERT|UNABLE_TO_(GET_ISSUER|VERIFY_LEAF))/;

/** Tells an outage, which ends by itself, from problems that an operator has to fix. */
function troubleOf(error: unknown): Trouble {
  for (let cause = error; cause instanceof Error; cause = cause.cause) {
    const { name, code, type } = cause as Error & { code?: unknown; type?: unknown };
    if (name === 'KafkaJSSASLAuthenticationError' || type === 'UNSUPPORTED_SASL_MECHANISM') {
      return {
        what: 'cannot log in at the broker',
        remedy: 'check KAFKA_SASL_MECHANISM, KAFKA_SASL_USERNAME and KAFKA_SASL_PASSWORD',
      };
    }
    if (CERTIFICATE_CODES.test(String(code))) {
      return {
        what: "refuses the broker's certificate",
        remedy:
          'check KAFKA_SSL_CA_FILE, and that the certificate is for the host that the broker advertises',
      };
    }
    if (/_AUTHORIZATION_FAILED$/.test(String(type))) {
      return {
        what: 'is denied permission by the broker',
        remedy: 'an administrator has to grant it (docs/security.md)',
      };
    }
    if (name === 'KafkaJSConnectionClosedError') {
      return {
        what: OUTAGE,
        remedy: 'if this persists: does the broker expect TLS (KAFKA_SSL) or a login (KAFKA_SASL_MECHANISM)?',
      };
    }
  }
  return { what: OUTAGE };
}

/** Logs once that the broker was lost, and again whenever the reason changes. */
export class BrokerOutageLog {
  readonly #logger: Logger;
  readonly #name: string;
  #logged: string | undefined;

  constructor(logger: Logger, name: string) {
    this.#logger = logger;
    this.#name = name;
  }

  lost(error: Error, fields: object = {}): void {
    const { what, ...remedy } = troubleOf(error);
    if (this.#logged === what) return;
    this.#logged = what;
    this.#logger.warn(
      { error: error.message, ...remedy, ...fields },
      `the ${this.#name} ${what}; it keeps trying`,
    );
  }

  found(): void {
    this.#logged = undefined;
  }
}
