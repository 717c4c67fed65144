import { type EnterBodyRoom, SMALL_BYTES } from './body-room.ts';

const HEADERS = { 'content-type': 'application/json' };

/** @throws ProblemError 429 */
export type AnswerJson = (value: unknown, owner: string | null, request: Request) => Response;

/** Answers that may be large: those that clients are slow to take, or never take, share a room. */
export function createJsonAnswers(enterRoom: EnterBodyRoom): AnswerJson {
  return (value, owner, request) => {
    const bytes = bytesOf(value);
    const space = enterRoom(owner);
    space.growTo(bytes.length);
    return answerFrom(bytes, 200, request, space);
  };
}

/** For an answer that can no longer be refused and is about as large as its request's body: it keeps that body's space until taken. */
export function answerInPlaceOf(
  space: Disposable,
  value: unknown,
  status: number,
  request: Request,
): Response {
  return answerFrom(bytesOf(value), status, request, space);
}

function bytesOf(value: unknown): Uint8Array {
  return Buffer.from(JSON.stringify(value));
}

function answerFrom(bytes: Uint8Array, status: number, { signal }: Request, space: Disposable): Response {
  const init = { status, headers: HEADERS };
  if (bytes.length > SMALL_BYTES && !signal.aborted) {
    return new Response(streamOf(bytes, signal, space), init);
  }
  space[Symbol.dispose]();
  return new Response(bytes, init);
}

function streamOf(bytes: Uint8Array, signal: AbortSignal, space: Disposable): ReadableStream<Uint8Array> {
  const leave = () => {
    signal.removeEventListener('abort', leave);
    space[Symbol.dispose]();
  };
  signal.addEventListener('abort', leave);
  return new ReadableStream(
    {
      start: (controller) => controller.enqueue(bytes),
      // Asked for more, so the connection has taken it all.
      pull(controller) {
        leave();
        controller.close();
      },
      // As for a HEAD.
      cancel: leave,
    },
    { highWaterMark: 0 },
  );
}
