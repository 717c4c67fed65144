import type { Socket } from 'bun';
import { Disconnect } from '../wire/disconnect.ts';
import { Reader } from '../wire/reader.ts';
import { decodeRequestHeader, type RequestHeader } from '../wire/request-header.ts';
import { Writer } from '../wire/writer.ts';
import { ApiKey, findApi, unsupportedApiVersions } from './apis.ts';
import type { BrokerContext, ClientContext, Encode } from './context.ts';
import { FrameBuffer, free } from './frame-buffer.ts';
import { Outbox } from './outbox.ts';
import { Place } from './request-room.ts';

/** Bytes that may queue behind an unanswered request before the socket is paused. */
const QUEUED_BYTES_MAX = 64 * 1024;
/** Above this, the shared writer's memory is freed after the response. */
const WRITER_BYTES_KEPT = 8 * 1024 * 1024;

// Shared by all connections: a response is encoded and handed to the socket in one go.
let writer = new Writer(64 * 1024);

/**
 * One client. As in Kafka, requests are handled one at a time and answered in order: the next one waits until
 * the kernel has the response. So a connection holds at most one response, and pausing the socket bounds what
 * queues behind it.
 */
export class Connection {
  readonly #broker: BrokerContext;
  readonly #socket: Socket<Connection>;
  readonly #frames = new FrameBuffer();
  readonly #outbox: Outbox;
  readonly #place: Place;
  readonly #client: ClientContext;
  /** A request is parked. */
  #busy = false;
  #closed = false;
  #paused = false;
  #abandon: (() => void) | undefined;
  #overtake: (() => void) | undefined;
  #lastActivityMs = performance.now();
  #idleTimer: ReturnType<typeof setTimeout>;
  #stuckTimer: ReturnType<typeof setTimeout> | undefined;

  constructor(broker: BrokerContext, socket: Socket<Connection>) {
    this.#broker = broker;
    this.#socket = socket;
    this.#outbox = new Outbox(socket, broker.unsent);
    this.#place = new Place(broker.requestRoom, () => this.#watch());
    this.#client = {
      clientId: '',
      host: socket.remoteAddress,
      onDisconnect: (run) => {
        this.#abandon = run;
      },
      onOvertaken: (run) => {
        this.#overtake = run;
      },
    };
    this.#idleTimer = setTimeout(() => this.#checkIdle(), broker.settings.idleTimeoutMs);
  }

  onData(chunk: Buffer): void {
    this.#lastActivityMs = performance.now();
    try {
      this.#frames.push(chunk);
      this.#work();
      this.#frames.settle();
    } catch (error) {
      this.#fail(error);
    }
    free(chunk);
    this.#watch();
  }

  onDrain(): void {
    this.#lastActivityMs = performance.now();
    if (this.#outbox.isEmpty) return;
    this.#clearStuck();
    this.#outbox.drain();
    if (this.#outbox.isEmpty) this.#resumeWork();
    else this.#watch();
  }

  onClose(): void {
    if (this.#closed) return;
    this.#closed = true;
    clearTimeout(this.#idleTimer);
    this.#clearStuck();
    this.#place.leave();
    this.#frames.clear();
    this.#outbox.clear();
    const abandon = this.#abandon;
    this.#forgetRequest();
    abandon?.();
  }

  close(): void {
    this.#socket.end();
    this.#socket.terminate();
    this.onClose();
  }

  // ---- requests

  get #blocked(): boolean {
    return this.#busy || !this.#outbox.isEmpty;
  }

  #work(): void {
    while (!this.#blocked && !this.#closed) {
      const frame = this.#frames.next();
      if (frame === undefined) return;
      // It is complete; the next one's time starts with its first bytes.
      this.#clearStuck();
      this.#place.leave();
      this.#handle(frame);
    }
    if (this.#overtake !== undefined) this.#tellOvertaken();
  }

  /** A request is done: handles what queued up meanwhile. */
  #resumeWork(): void {
    try {
      this.#work();
      this.#frames.settle();
    } catch (error) {
      this.#fail(error);
    }
    this.#watch();
  }

  #handle(frame: Buffer): void {
    const reader = new Reader(frame);
    const header = decodeRequestHeader(reader);
    const api = findApi(header.apiKey, header.apiVersion);
    if (api === undefined) {
      if (header.apiKey !== ApiKey.ApiVersions) {
        throw new Disconnect(`api ${header.apiKey} version ${header.apiVersion} is not supported`);
      }
      this.#respond(header, unsupportedApiVersions);
      return;
    }
    this.#client.clientId = header.clientId ?? '';
    const outcome = api.handle(this.#broker, reader, header.apiVersion, this.#client);
    if (outcome instanceof Promise) void this.#park(header, outcome);
    else if (outcome !== null) this.#respond(header, outcome);
  }

  async #park(header: RequestHeader, outcome: Promise<Encode>): Promise<void> {
    this.#busy = true;
    try {
      const encode = await outcome;
      this.#forgetRequest();
      if (this.#closed) return;
      this.#lastActivityMs = performance.now();
      this.#respond(header, encode);
    } catch (error) {
      this.#fail(error);
    }
    this.#resumeWork();
  }

  #forgetRequest(): void {
    this.#busy = false;
    this.#abandon = undefined;
    this.#overtake = undefined;
  }

  /** A parked fetch gives way to other requests behind it, but not to fetches: that would spin. */
  #tellOvertaken(): void {
    const behind = this.#frames.peekApiKey();
    if (behind === undefined || behind === ApiKey.Fetch) return;
    const overtake = this.#overtake;
    this.#overtake = undefined;
    overtake?.();
  }

  // ---- responses

  /** Response header: correlation_id int32 */
  #respond(header: RequestHeader, encode: Encode): void {
    writer.reset();
    writer.int32(0);
    writer.int32(header.correlationId);
    encode(writer);
    writer.int32At(0, writer.length - 4);
    this.#outbox.send(writer.view());
    if (writer.buffer.length > WRITER_BYTES_KEPT) writer = new Writer(64 * 1024);
  }

  // ---- limits

  /** Decides anew whether to read from the socket, and whether a time limit runs. */
  #watch(): void {
    if (this.#closed) return;
    const isHeld = this.#blocked
      ? this.#frames.length > QUEUED_BYTES_MAX
      : this.#place.waitsFor(this.#frames.unfinishedBytes);
    if (isHeld !== this.#paused) {
      this.#paused = isHeld;
      if (isHeld) this.#socket.pause();
      else this.#socket.resume();
    }
    const incomplete = !this.#blocked && !isHeld && this.#frames.length > 0;
    if (!incomplete && this.#outbox.isEmpty) this.#clearStuck();
    else if (this.#stuckTimer === undefined) {
      const reason = incomplete ? 'request not sent in time' : 'response not read in time';
      const { stuckTimeoutMs } = this.#broker.settings;
      this.#stuckTimer = setTimeout(() => this.#fail(new Disconnect(reason)), stuckTimeoutMs);
    }
  }

  #clearStuck(): void {
    clearTimeout(this.#stuckTimer);
    this.#stuckTimer = undefined;
  }

  #checkIdle(): void {
    const { idleTimeoutMs } = this.#broker.settings;
    const leftMs = this.#lastActivityMs + idleTimeoutMs - performance.now();
    if (this.#busy || leftMs > 0) {
      this.#idleTimer = setTimeout(() => this.#checkIdle(), this.#busy ? idleTimeoutMs : leftMs);
    } else {
      this.close();
    }
  }

  #fail(error: unknown): void {
    if (this.#closed) return;
    const { logger } = this.#broker;
    const client = this.#client.clientId.slice(0, 100);
    const peer = this.#client.host;
    if (error instanceof Disconnect) {
      logger('warn', 'closed a connection', { reason: error.message, client, peer });
    } else {
      const stack = error instanceof Error ? (error.stack ?? error.message) : String(error);
      logger('error', 'a request failed', { error: stack, client, peer });
    }
    this.close();
  }
}
