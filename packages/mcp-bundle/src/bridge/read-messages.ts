import { readEvents } from './event-stream.ts';
import { HttpFailure } from './failure.ts';
import { type Message, parseMessage } from './message.ts';

export interface HttpAnswer {
  readonly headers: Headers;
  readonly messages: AsyncIterable<Message>;
}

/**
 * @param heard called whenever a part of an answer that is read as a whole has come
 * @throws HttpFailure
 */
export async function readMessages(response: Response, heard = () => {}): Promise<HttpAnswer> {
  const { headers, body } = response;
  const [type] = (headers.get('content-type') ?? '').split(';');
  if (!response.ok) throw await HttpFailure.of(response);
  if (response.status === 202 || !body) {
    await body?.cancel();
    return { headers, messages: parsed([]) };
  }
  if (type === 'text/event-stream') return { headers, messages: parsed(readEvents(body)) };
  if (type === 'application/json') return { headers, messages: parsed([await textOf(body, heard)]) };
  throw await HttpFailure.of(response);
}

async function textOf(body: ReadableStream<Uint8Array>, heard: () => void): Promise<string> {
  const decoder = new TextDecoder();
  let text = '';
  for await (const bytes of body) {
    heard();
    text += decoder.decode(bytes, { stream: true });
  }
  return text + decoder.decode();
}

async function* parsed(texts: Iterable<string> | AsyncIterable<string>): AsyncGenerator<Message> {
  for await (const text of texts) {
    const message = parseMessage(text);
    if (typeof message !== 'number') yield message;
  }
}
