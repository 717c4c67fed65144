import { INTERNAL_ERROR, type Message, parseMessage } from './message.ts';

type JsonRpcError = NonNullable<Message['error']>;

/** An HTTP answer that does not answer the message that was sent. */
export class HttpFailure extends Error {
  override readonly name = 'HttpFailure';
  readonly status: number;
  /** What the server says about it in JSON-RPC. */
  readonly error: JsonRpcError | undefined;

  constructor(status: number, error?: JsonRpcError) {
    super(`HTTP ${status}`);
    this.status = status;
    this.error = error;
  }

  static async of(response: Response): Promise<HttpFailure> {
    const message = parseMessage(await response.text());
    return new HttpFailure(response.status, typeof message === 'number' ? undefined : message.error);
  }
}

/** The connection ended before the answer came. */
export class AnswerLost extends Error {
  override readonly name = 'AnswerLost';
}

/** Errors of an established connection: what was sent over it may have arrived. */
const CODES_AFTER_SENDING = ['UND_ERR_SOCKET', 'UND_ERR_HEADERS_TIMEOUT', 'ECONNRESET', 'EPIPE'];

/** What the client is told instead of an answer: what is wrong, and what to do about it. */
export function explain(error: unknown, url: URL): JsonRpcError {
  const reason = reasonOf(error);
  if (error instanceof AnswerLost || CODES_AFTER_SENDING.includes(reason)) {
    return internal(
      `The connection to ${url.href} ended before the answer came. The request may have been carried out: check before you repeat it.`,
    );
  }
  if (!(error instanceof HttpFailure)) return internal(unreachable(reason, url));
  if (error.status === 401) {
    return internal(
      `${url.href}: ${error.error?.message ?? 'no API key'} It belongs in this extension's settings.`,
    );
  }
  if (error.error) return error.error;
  if (error.status >= 500) {
    return internal(`${url.href} answers HTTP ${error.status}: Millrace may be starting; try again shortly.`);
  }
  return internal(
    `${url.href} answers HTTP ${error.status} and is not Millrace's MCP. Correct the address in this extension's settings.`,
  );
}

function internal(message: string): JsonRpcError {
  return { code: INTERNAL_ERROR, message };
}

function unreachable(reason: string, { href, host }: URL): string {
  if (/CERT|SIGNATURE/.test(reason)) {
    return `The certificate of ${host} is not trusted here (${reason}). If your own authority issued it, name the authority's certificate in NODE_EXTRA_CA_CERTS.`;
  }
  return `Millrace cannot be reached at ${href} (${reason}). Start it with \`bun run up\`, or correct the address in this extension's settings.`;
}

function reasonOf(error: unknown): string {
  const { cause, message } = Object(error) as {
    cause?: { code?: unknown; message?: unknown };
    message?: unknown;
  };
  return String(cause?.code ?? cause?.message ?? message ?? 'no reason given');
}
