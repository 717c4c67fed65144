import { SharedPlaces } from '@millrace/access';
import type { TaskEvent } from '@millrace/contracts';
import { createMemoryBudget } from '../http/memory-budget.ts';
import { batchAfter, batchOf } from './event-batch.ts';
import { hintedPosition } from './hinted-position.ts';
import { LiveStream, type LiveStreamContext, type StreamClient } from './live-stream.ts';
import { ORIGIN, type Position } from './position.ts';
import { snapshotOf } from './snapshot.ts';
import { hasBeenAt, reached } from './timeline-events.ts';
import { TurnTexts } from './turn-texts.ts';

interface LiveStreamsOptions extends Omit<LiveStreamContext, 'texts' | 'reserveMemory'> {
  readonly maxStreams: number;
  /** Between two comments on a quiet stream. */
  readonly keepAliveSeconds?: number;
}

type Opened =
  | { readonly kind: 'stream'; readonly body: ReadableStream<string> }
  /** There is no such task for the caller; the client has seen the end; the position is not one of this task. */
  | { readonly kind: 'unknown' | 'over' | 'elsewhere' };

const BACKSTOP_INTERVAL_MS = 1_000;
const KEEP_ALIVE_SECONDS = 15;

/**
 * All clients that watch tasks; those of one task share its reads. Events on the stream are hints, and
 * Postgres tells what happened, except for the text of turns in progress. Once a second it is asked about
 * every stream, for hints that never came.
 */
export class LiveStreams {
  readonly keepAliveSeconds: number;
  readonly places: SharedPlaces;
  readonly #context: LiveStreamContext;
  readonly #texts = new TurnTexts();
  readonly #byTask = new Map<string, Set<LiveStream>>();
  #stopped = false;
  #timers: ReturnType<typeof setInterval>[] = [];

  constructor({ maxStreams, keepAliveSeconds = KEEP_ALIVE_SECONDS, ...context }: LiveStreamsOptions) {
    this.keepAliveSeconds = keepAliveSeconds;
    this.#context = { ...context, texts: this.#texts, reserveMemory: createMemoryBudget('events') };
    this.places = new SharedPlaces(maxStreams);
  }

  /**
   * Check `places` first.
   *
   * @param after what the client has seen; null if nothing
   * @param signal of the request: a client that disconnects stops watching
   * @throws ProblemError 429 if too much was sent that clients have not taken
   */
  async open(client: StreamClient, id: string, after: Position | null, signal: AbortSignal): Promise<Opened> {
    const taskId = id.toLowerCase();
    const stream = new LiveStream(client, taskId, this.#context, (closed) => this.#remove(closed));
    // In the registry before anything is read: nothing that happens from here on is missed.
    this.#add(stream);
    if (this.#stopped || signal.aborted) stream.close();
    else signal.addEventListener('abort', () => stream.close(), { once: true });
    try {
      const opened = await this.#begin(stream, after);
      if (opened.kind !== 'stream') stream.close();
      return opened;
    } catch (error) {
      stream.close();
      throw error;
    }
  }

  /** Whether anybody watches, or statuses may tell that a text is over. */
  get isListening(): boolean {
    return this.#byTask.size > 0 || !this.#texts.isEmpty;
  }

  /** Events from the stream: hints, and text. */
  hear(events: readonly TaskEvent[]): void {
    const touched = new Set<LiveStream>();
    for (const event of events) {
      const taskId = event.task_id.toLowerCase();
      if (event.type === 'delta') this.#texts.hear(event);
      const position = hintedPosition(event);
      const watching = this.#byTask.get(taskId);
      // While somebody watches, texts are dropped once Postgres confirms that they are over.
      if (!watching && event.type !== 'delta') this.#texts.drop(taskId, position);
      for (const stream of watching ?? []) {
        stream.hint(position);
        touched.add(stream);
      }
    }
    for (const stream of touched) stream.advance();
  }

  /** Asks Postgres about every stream, as when events may have been missed. */
  checkAll(): void {
    for (const stream of this.#all()) stream.recheck();
  }

  /** Closes every stream, and from now on any that is opened: clients reconnect to another gateway. */
  stop(): void {
    this.#stopped = true;
    for (const stream of this.#all()) stream.close();
  }

  async #begin(stream: LiveStream, after: Position | null): Promise<Opened> {
    const { readTimeline } = this.#context;
    const timeline = await readTimeline({
      task_id: stream.taskId,
      caller: stream.client.caller,
      after: after ?? ORIGIN,
      with_task: after === null,
    });
    if (!timeline) return { kind: 'unknown' };
    this.#texts.drop(stream.taskId, reached(timeline));
    if (after && !hasBeenAt(after, timeline)) return { kind: 'elsewhere' };
    if (after?.stage === 'end') return { kind: 'over' };
    const batch = after ? batchAfter(after, timeline) : batchOf(snapshotOf(timeline, this.#texts), ORIGIN);
    stream.begin(batch, timeline.more);
    return { kind: 'stream', body: stream.body };
  }

  *#all(): Generator<LiveStream> {
    for (const streams of this.#byTask.values()) yield* streams;
  }

  #add(stream: LiveStream): void {
    const watching = this.#byTask.get(stream.taskId) ?? new Set();
    this.#byTask.set(stream.taskId, watching.add(stream));
    this.places.take(stream.client.caller.owner);
    if (this.#timers.length > 0) return;
    this.#timers = [
      setInterval(() => this.checkAll(), BACKSTOP_INTERVAL_MS),
      setInterval(() => this.#keepAlive(), this.keepAliveSeconds * 1000),
    ];
  }

  #remove(stream: LiveStream): void {
    const watching = this.#byTask.get(stream.taskId);
    if (!watching?.delete(stream)) return;
    if (watching.size === 0) this.#byTask.delete(stream.taskId);
    this.places.leave(stream.client.caller.owner);
    if (this.#byTask.size > 0) return;
    for (const timer of this.#timers) clearInterval(timer);
    this.#timers = [];
  }

  #keepAlive(): void {
    for (const stream of this.#all()) void stream.keepAlive();
  }
}
