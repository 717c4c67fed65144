import { type ReserveMemory, SMALL_BYTES } from './memory-budget.ts';

const HEADERS = { 'content-type': 'application/json' };

/** @throws ProblemError 429 */
export type AnswerJson = (value: unknown, owner: string | null, request: Request) => Response;

/** Answers that may be large: those that clients are slow to take, or never take, share a memory budget. */
export function createJsonAnswers(reserveMemory: ReserveMemory): AnswerJson {
  return (value, owner, request) => {
    const bytes = bytesOf(value);
    const memory = reserveMemory(owner);
    memory.growTo(bytes.length);
    return answerFrom(bytes, 200, request, memory);
  };
}

/**
 * For an answer that can no longer be refused and is about as large as its request's body: it keeps that
 * body's memory until taken.
 */
export function answerInPlaceOf(
  memory: Disposable,
  value: unknown,
  status: number,
  request: Request,
): Response {
  return answerFrom(bytesOf(value), status, request, memory);
}

function bytesOf(value: unknown): Uint8Array {
  return Buffer.from(JSON.stringify(value));
}

function answerFrom(bytes: Uint8Array, status: number, { signal }: Request, memory: Disposable): Response {
  const init = { status, headers: HEADERS };
  if (bytes.length > SMALL_BYTES && !signal.aborted) {
    return new Response(streamOf(bytes, signal, memory), init);
  }
  memory[Symbol.dispose]();
  return new Response(bytes, init);
}

function streamOf(bytes: Uint8Array, signal: AbortSignal, memory: Disposable): ReadableStream<Uint8Array> {
  const release = () => memory[Symbol.dispose]();
  signal.addEventListener('abort', release);
  return new ReadableStream(
    {
      start: (controller) => controller.enqueue(bytes),
      // Asked for more, so the connection has taken it all.
      pull(controller) {
        release();
        controller.close();
      },
      // As for a HEAD.
      cancel: release,
    },
    { highWaterMark: 0 },
  );
}
