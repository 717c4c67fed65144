import { readEvents } from './event-stream.ts';
import { HttpFailure } from './failure.ts';
import { type Message, parseMessage } from './message.ts';

export interface HttpAnswer {
  readonly headers: Headers;
  readonly messages: AsyncIterable<Message>;
}

/** @throws HttpFailure */
export async function readMessages(response: Response): Promise<HttpAnswer> {
  const { headers, body } = response;
  const [type] = (headers.get('content-type') ?? '').split(';');
  if (!response.ok) throw await HttpFailure.of(response);
  if (response.status === 202 || !body) {
    await body?.cancel();
    return { headers, messages: parsed([]) };
  }
  if (type === 'text/event-stream') return { headers, messages: parsed(readEvents(body)) };
  if (type === 'application/json') return { headers, messages: parsed([await response.text()]) };
  throw await HttpFailure.of(response);
}

async function* parsed(texts: Iterable<string> | AsyncIterable<string>): AsyncGenerator<Message> {
  for await (const text of texts) {
    const message = parseMessage(text);
    if (typeof message !== 'number') yield message;
  }
}
