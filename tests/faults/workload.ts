import type { TaskCreate } from '@millrace/contracts';
import { type ExpectedTask, mixedTasks } from '../platform/mixed-tasks.ts';
import { Clock, pause } from './clock.ts';

/** As many as Millrace allows: attempts that faults cost an innocent task must never add up to its failure. */
const ATTEMPTS_MAX = 20;
const CLIENTS = 16;
const REQUEST_TIMEOUT_MS = 15_000;
const RETRY_MS_MAX = 200;

/** Every second task takes a while, so that faults find tasks running; one in twenty is delayed. */
function faultTasks(count: number): ExpectedTask[] {
  const mixed = mixedTasks(count);
  return mixed.map(({ create, check }, i) => {
    const slow = i % 2 === 0;
    const base: TaskCreate = slow
      ? { prompt: `answer ${i}`, model: 'simulated', priority: i % 10 }
      : { ...create };
    const expected = {
      ...base,
      max_attempts: ATTEMPTS_MAX,
      metadata: { seq: String(i) },
      ...(i % 20 === 7 && { delay_ms: 1_000 }),
    };
    return { create: expected, check: slow ? mixed[4]!.check : check };
  });
}

/** What clients saw while they submitted the tasks, each until it got its 202. */
export class Load {
  readonly tasks: readonly ExpectedTask[];
  /** Ids by sequence number: what the client saw accepted. */
  readonly accepted = new Map<string, number>();
  /** 429 and 503. */
  refused = 0;
  /** No complete answer: connection refused, reset, or timed out. */
  broken = 0;
  /** Answers that no client should get. */
  readonly unexpected: string[] = [];
  readonly #url: string;
  readonly #headers: Readonly<Record<string, string>>;
  #given = 0;
  #unfinishedClients = CLIENTS;

  /** @param headers required by the gateway, such as an API key */
  constructor(gatewayUrl: string, count: number, headers: Readonly<Record<string, string>> = {}) {
    this.#url = `${gatewayUrl}/tasks`;
    this.#headers = { ...headers, 'content-type': 'application/json' };
    this.tasks = faultTasks(count);
  }

  /** Whether anything is left to submit. */
  get isOver(): boolean {
    return this.#unfinishedClients === 0;
  }

  /** Submits all, evenly over the time; an outage delays the clients, and then they catch up. */
  async run(durationMs: number, deadlineMs: number): Promise<void> {
    const clock = new Clock();
    const client = async () => {
      for (let seq = this.#given++; seq < this.tasks.length; seq = this.#given++) {
        await clock.until((durationMs * seq) / this.tasks.length);
        while (!(await this.#submit(seq))) {
          if (clock.elapsedMs > deadlineMs) return;
          await pause(Math.random() * RETRY_MS_MAX);
        }
      }
    };
    const oneByOne = () =>
      client().finally(() => {
        this.#unfinishedClients--;
      });
    await Promise.all(Array.from({ length: CLIENTS }, oneByOne));
  }

  async #submit(seq: number): Promise<boolean> {
    let response: Response;
    try {
      response = await fetch(this.#url, {
        method: 'POST',
        headers: this.#headers,
        body: JSON.stringify(this.tasks[seq]!.create),
        signal: AbortSignal.timeout(REQUEST_TIMEOUT_MS),
      });
    } catch {
      this.broken++;
      return false;
    }
    // Once the status line has come the client may rely on it, even if the body never arrives.
    const id = response.status === 202 ? response.headers.get('location')?.split('/').at(-1) : undefined;
    if (id) this.accepted.set(id, seq);
    const body = await response.text().catch(() => '');
    if (id) return true;
    if (response.status === 429 || response.status === 503) this.refused++;
    else this.unexpected.push(`POST /tasks: ${response.status} ${body.slice(0, 200)}`);
    return false;
  }
}
