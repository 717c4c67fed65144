import { type EnterBodyRoom, SMALL_BYTES } from './body-room.ts';

const HEADERS = { 'content-type': 'application/json' };

/** @throws ProblemError 429 */
export type AnswerJson = (value: unknown, owner: string | null, request: Request) => Response;

/** Answers that may be large: those that clients are slow to take, or never take, share a room. */
export function createJsonAnswers(enterRoom: EnterBodyRoom): AnswerJson {
  return (value, owner, { signal }) => {
    const bytes = Buffer.from(JSON.stringify(value));
    if (bytes.length <= SMALL_BYTES || signal.aborted) return new Response(bytes, { headers: HEADERS });
    const space = enterRoom(owner);
    space.growTo(bytes.length);
    return new Response(streamOf(bytes, signal, space), { headers: HEADERS });
  };
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
