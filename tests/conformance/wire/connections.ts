import { afterAll } from 'bun:test';
import { Connection, ResponseError } from '@platformatic/kafka';
import type { Lab } from '../lab.ts';

/**
 * Opens connections for cases that need one exact request: @platformatic/kafka encodes and decodes it, without its clients'
 * retries. They are closed after the surrounding describe. A broker answers a connection in order, so each waiting member or
 * fetch has its own.
 */
export function connectionsTo(lab: Lab): () => Promise<Connection> {
  const open: Connection[] = [];
  afterAll(() => Promise.all(open.map((connection) => connection.close())));
  return async () => {
    const connection = await openConnection(lab.bootstrap);
    open.push(connection);
    return connection;
  };
}

export async function openConnection(bootstrap: string): Promise<Connection> {
  const connection = new Connection('conformance');
  // A lost connection fails the calls that wait on it; there is nobody else to tell.
  connection.on('error', () => undefined);
  const [host = '', port] = bootstrap.split(':');
  await connection.connect(host, Number(port));
  return connection;
}

export interface Answer<Response> {
  response: Response;
  /** The names of the error codes in the answer, such as ILLEGAL_GENERATION. */
  errors: string[];
}

/** The broker's answer, even if the client throws on an error code in it. */
export async function answer<Response>(call: Promise<Response>): Promise<Answer<Response>> {
  try {
    return { response: await call, errors: [] };
  } catch (error) {
    if (!(error instanceof ResponseError)) {
      throw error;
    }
    return {
      response: error.response as Response,
      errors: error.errors.map((inner) => inner.apiId ?? inner.message),
    };
  }
}
