import type { BrokerContext, ClientContext, Encode, Handler } from '../server/context.ts';
import type { Codec } from '../wire/codec.ts';

/** Does what a request asks for; null means that no response is sent. */
type Respond<Request, Response> = (
  broker: BrokerContext,
  request: Request,
  client: ClientContext,
  version: number,
) => Response | null | Promise<Response>;

/** A handler in three steps: read the request, do what it asks for, write the response. */
export function answer<Request, Response>(
  codec: Codec<Request, Response>,
  respond: Respond<Request, Response>,
): Handler {
  return (broker, reader, version, client) => {
    const encoded =
      (response: Response): Encode =>
      (writer) =>
        codec.encode(writer, version, response);
    const response = respond(broker, codec.decode(reader, version), client, version);
    if (response instanceof Promise) return response.then(encoded);
    return response === null ? null : encoded(response);
  };
}
