import type { Logger } from '@millrace/contracts';
import { type Caller, isDatabaseUnavailable, type Timeline, type TimelineInput } from '@millrace/db';
import type { MemoryShare, ReserveMemory } from '../http/memory-budget.ts';
import { ProblemError } from '../http/problem.ts';
import { batchAfter, type EventBatch } from './event-batch.ts';
import { KEEP_ALIVE_LINE, retryLine } from './event-frame.ts';
import { comparePositions, type Position } from './position.ts';
import { reached } from './timeline-events.ts';
import type { TurnTexts } from './turn-texts.ts';

export interface LiveStreamContext {
  /** Concurrent calls share a statement. Null if there is no such task. */
  readTimeline(input: TimelineInput): Promise<Timeline | null>;
  readonly texts: TurnTexts;
  /** For what was sent and clients have not taken yet. */
  readonly reserveMemory: ReserveMemory;
  readonly logger: Logger;
}

/** Who watches. */
export interface StreamClient {
  readonly caller: Caller;
  /** Checked with every keep-alive: a client whose API key was revoked is cut off. */
  readonly isStillAllowed: () => boolean | Promise<boolean>;
}

/**
 * One client that watches one task: a position, and whether its connection takes more. Only then is it worked
 * out what to send, from the text in memory and from Postgres, so that nothing queues up for slow readers.
 */
export class LiveStream {
  readonly client: StreamClient;
  readonly taskId: string;
  readonly body: ReadableStream<string>;
  readonly #context: LiveStreamContext;
  readonly #onClosed: (stream: LiveStream) => void;
  #controller!: ReadableStreamDefaultController<string>;
  /** Null until it has begun. */
  #position: Position | null = null;
  #writable = false;
  /** Taken by what was sent last. */
  #memory: MemoryShare | null = null;
  /** The size of what exceeded the budget: Postgres is not asked for it again until it fits. */
  #bytesRefused = 0;
  /** Postgres may know more. */
  #stale = false;
  #reading = false;
  #closed = false;
  /** Which text the position's offset is in, where that is certain. */
  #textGeneration: symbol | null = null;

  constructor(
    client: StreamClient,
    taskId: string,
    context: LiveStreamContext,
    onClosed: (stream: LiveStream) => void,
  ) {
    this.client = client;
    this.taskId = taskId;
    this.#context = context;
    this.#onClosed = onClosed;
    this.body = new ReadableStream<string>(
      {
        start: (controller) => {
          this.#controller = controller;
        },
        pull: () => {
          this.#writable = true;
          this.#release();
          if (this.#position?.stage === 'end') this.close();
          else this.advance();
        },
        cancel: () => this.close(),
      },
      // No read-ahead: what is sent is as fresh as possible.
      { highWaterMark: 0 },
    );
  }

  /**
   * @param batch what Postgres had when the stream was opened
   * @param more whether it has more
   * @throws ProblemError 429 if too much was sent that clients have not taken
   */
  begin(batch: EventBatch, more: boolean): void {
    if (this.#closed) return;
    this.#stale ||= more;
    // Also shows at once that the stream is open, where there are no events yet.
    this.#send({ ...batch, frames: retryLine() + batch.frames });
  }

  /** The task is said to be there. That is not trusted: Postgres is asked. */
  hint(position: Position): void {
    if (!this.#position || comparePositions(position, this.#position) > 0) this.#stale = true;
  }

  /** Asks Postgres, as when hints may have been missed. */
  recheck(): void {
    this.#stale = true;
    this.advance();
  }

  /** Sends what there is, as far as the connection takes it. */
  advance(): void {
    if (!this.#writable || !this.#position || this.#closed) return;
    if (this.#stale) void this.#catchUp(this.#position);
    this.#sendText(this.#position);
  }

  async keepAlive(): Promise<void> {
    if (!(await this.client.isStillAllowed())) this.close();
    if (this.#writable && !this.#closed) this.#enqueue(KEEP_ALIVE_LINE);
  }

  /** What was sent before still arrives. */
  close(): void {
    if (this.#closed) return;
    this.#closed = true;
    this.#release();
    try {
      this.#controller.close();
    } catch {
      // The client closed it.
    }
    this.#onClosed(this);
  }

  async #catchUp(after: Position): Promise<void> {
    if (this.#reading) return;
    this.#reading = true;
    this.#stale = false;
    try {
      this.#reserve(this.#bytesRefused)[Symbol.dispose]();
      const { taskId: task_id, client } = this;
      const timeline = await this.#context.readTimeline({
        task_id,
        caller: client.caller,
        after,
        with_task: false,
      });
      if (timeline) this.#apply(timeline);
      else this.close();
    } catch (error) {
      // Over the budget: the backstop asks again.
      if (error instanceof ProblemError) return;
      const level = isDatabaseUnavailable(error) ? 'debug' : 'error';
      this.#context.logger[level]({ err: error, task_id: this.taskId }, 'could not read how a task went on');
    } finally {
      this.#reading = false;
    }
    this.advance();
  }

  #apply(timeline: Timeline): void {
    this.#context.texts.drop(this.taskId, reached(timeline));
    if (this.#closed || !this.#position) return;
    const batch = batchAfter(this.#position, timeline);
    if (batch.frames === '') return;
    this.#stale ||= timeline.more;
    this.#send(batch);
  }

  #send({ frames, position }: EventBatch): void {
    this.#memory = this.#reserve(Buffer.byteLength(frames));
    this.#position = position;
    this.#enqueue(frames);
  }

  #reserve(bytes: number): MemoryShare {
    this.#bytesRefused = bytes;
    const memory = this.#context.reserveMemory(this.client.caller.owner);
    memory.growTo(bytes);
    this.#bytesRefused = 0;
    return memory;
  }

  #release(): void {
    this.#memory?.[Symbol.dispose]();
    this.#memory = null;
  }

  #sendText(position: Position): void {
    if (!this.#writable || position.stage !== 'running') return;
    const turn = this.#context.texts.find(this.taskId, position.attempt, position.seq + 1);
    // Shorter: it lags behind the client, or began anew.
    if (!turn || turn.text.length <= position.offset) return;
    const continued = this.#textGeneration === turn.generation || turn.continues(position);
    const piece = turn.pieceFrom(continued ? position.offset : 0);
    this.#textGeneration = turn.generation;
    this.#position = piece.position;
    this.#enqueue(piece.frame);
  }

  #enqueue(frames: string): void {
    this.#writable = false;
    this.#controller.enqueue(frames);
  }
}
