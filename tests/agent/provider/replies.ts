import type { ContentWithToolCallsResponse, FixtureOpts, FixtureResponse } from '@copilotkit/aimock';

/** What the provider answers to one request, and how: in which pieces, how fast, how much of it. */
export interface Reply extends FixtureOpts {
  readonly response: FixtureResponse;
}

/** As OpenAI's chat completions name them. */
export interface ReportedUsage {
  readonly prompt_tokens: number;
  readonly completion_tokens: number;
  readonly prompt_tokens_details?: { readonly cached_tokens: number };
}

export interface Call {
  readonly name: string;
  /** An object as JSON; a string verbatim, well-formed or not. */
  readonly arguments: Record<string, unknown> | string;
  readonly id?: string;
}

/** Marks that `dressReplies` reads off a chunk: aimock cannot express these three itself. */
export const REFUSED = 'says-it-as-a-refusal';
export const UNFINISHED = 'ends-without-a-finish';
export const FAILING = 'fails-instead-of-finishing';

export function answer(content: string, usage?: ReportedUsage): Reply {
  return { response: { content, ...(usage && { usage: { ...usage } }) } };
}

/** Ends with an abnormal finish reason. */
export function answerThatStops(content: string, finishReason: 'length' | 'content_filter'): Reply {
  return { response: { content, finishReason } };
}

export function refusal(content: string): Reply {
  return { response: { content, systemFingerprint: REFUSED } };
}

/** The stream ends normally, but without the chunk that has the finish reason and whatever follows it. */
export function unfinished(content: string): Reply {
  return { response: { content, systemFingerprint: UNFINISHED } };
}

/** An error as an event of a stream that began well: how proxies pass on upstream failures. */
export function failingInTheMiddle(content: string): Reply {
  return { response: { content, systemFingerprint: FAILING } };
}

export function calls(asked: readonly Call[], usage?: ReportedUsage): Reply {
  const toolCalls = asked.map(toolCall);
  return { response: { toolCalls, ...(usage && { usage: { ...usage } }) }, chunkSize: 7 };
}

/** Text first, as from models that announce what they are about to do. */
export function callsAfter(content: string, asked: readonly Call[]): Reply {
  const response: ContentWithToolCallsResponse = { content, toolCalls: asked.map(toolCall) };
  return { response };
}

export function failure(
  status: number,
  message: string,
  { code, retryAfter }: { code?: string; retryAfter?: number } = {},
): Reply {
  const error = { message, type: 'invalid_request_error', ...(code && { code }) };
  return { response: { error, status, ...(retryAfter && { retryAfter }) } };
}

/** The connection breaks after this many chunks of five characters. */
export function cutAfter(chunks: number, content: string): Reply {
  return { ...answer(content), chunkSize: 5, truncateAfterChunks: chunks, latency: 5 };
}

/** No byte for this long, not even a header. */
export function silentFor(ms: number, content = 'too late'): Reply {
  return { ...answer(content), streamingProfile: { ttft: ms } };
}

/** The answer begins, then no byte for this long. */
export function stuckFor(ms: number): Reply {
  return { ...answer('Well, let me think about that.'), streamingProfile: { ttft: 1, tps: 1_000 / ms } };
}

/** Chunks of five characters at this interval. */
export function slowly(content: string, msPerChunk: number): Reply {
  return { ...answer(content), chunkSize: 5, latency: msPerChunk };
}

function toolCall({ name, arguments: given, id }: Call) {
  const text = typeof given === 'string' ? given : JSON.stringify(given);
  return { name, arguments: text, ...(id && { id }) };
}
