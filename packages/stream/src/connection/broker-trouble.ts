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
/** TLS alerts of the broker: mostly for a client certificate that is missing, or that it does not trust. */
const REFUSED_BY_BROKER = /^ERR_SSL_\w+_ALERT_/;
/** What a listener without TLS does to a client with it: closes the connection, or answers in plain text. */
const NOT_TLS = /before secure TLS connection|WRONG_VERSION_NUMBER/;

/** Tells an outage, which ends by itself, from problems that an operator has to fix. */
function troubleOf(error: unknown): Trouble {
  for (let cause = error; cause instanceof Error; cause = cause.cause) {
    const { name, code, type } = cause as Error & { code?: unknown; type?: unknown };
    if (name === 'KafkaJSSASLAuthenticationError' || String(type).includes('SASL')) {
      return {
        what: 'cannot log in at the broker',
        remedy: 'check KAFKA_SASL_MECHANISM, KAFKA_SASL_USERNAME and KAFKA_SASL_PASSWORD',
      };
    }
    if (CERTIFICATE_CODES.test(String(code))) {
      return {
        what: "refuses the broker's certificate",
        remedy:
          'check KAFKA_SSL_CA_FILE, and that the certificate has not expired and is for the host that the broker advertises',
      };
    }
    if (REFUSED_BY_BROKER.test(String(code))) {
      return {
        what: 'is refused by the TLS of its broker',
        remedy:
          'check KAFKA_SSL_CERT_FILE: does the broker require a client certificate, and trust this one?',
      };
    }
    if (/_AUTHORIZATION_FAILED$/.test(String(type))) {
      return {
        what: 'is denied permission by the broker',
        remedy: 'an administrator has to grant it (docs/security.md)',
      };
    }
    if (type === 'UNKNOWN_TOPIC_OR_PARTITION') {
      return {
        what: 'misses topics at its broker',
        remedy: 'create those of infra/redpanda/topics.conf, or permit this login to create them',
      };
    }
    if (name === 'KafkaJSConnectionClosedError' || NOT_TLS.test(cause.message)) {
      return {
        what: OUTAGE,
        remedy:
          "if this persists: do KAFKA_SSL and KAFKA_SASL_MECHANISM match the broker's listener at this port?",
      };
    }
  }
  return { what: OUTAGE };
}

const REFUSAL_INTERVAL_MS = 5_000;

/** Logs once that the broker was lost, and again whenever the reason changes. */
export class BrokerOutageLog {
  readonly #logger: Logger;
  readonly #name: string;
  #logged: string | undefined;
  #refused = { messages: 0, loggedAt: Number.NEGATIVE_INFINITY };

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

  /** Logs at most once in five seconds that messages were refused: every batch may be. */
  refused(error: Error, messages: number): void {
    const now = performance.now();
    this.#refused.messages += messages;
    if (now - this.#refused.loggedAt < REFUSAL_INTERVAL_MS) return;
    const { remedy } = troubleOf(error);
    const fields = { error: error.message, ...(remedy && { remedy }), messages: this.#refused.messages };
    this.#logger.error(fields, 'the broker refused messages; they are dropped');
    this.#refused = { messages: 0, loggedAt: now };
  }
}
