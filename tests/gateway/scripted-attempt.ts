import type { TaskError, TaskStep } from '@millrace/contracts';
import { checkpoint, claim, complete, type Database, fail, submit } from '@millrace/db';
import type { TaskProducer } from '@millrace/stream';
import { newStep } from '../db/new-step.ts';
import { newTask } from '../db/new-task.ts';

type Publisher = Pick<TaskProducer, 'publishEvent'>;

const SILENT: Publisher = { publishEvent: () => undefined };

/** Plays an executor: writes an attempt into the database step by step, and publishes it as executors do. */
export class ScriptedAttempt {
  readonly taskId: string;
  readonly attempt: number;
  readonly #db: Database;
  readonly #producer: Publisher;
  #seq: number;
  #text = '';

  private constructor(taskId: string, attempt: number, seq: number, db: Database, producer: Publisher) {
    this.taskId = taskId;
    this.attempt = attempt;
    this.#seq = seq;
    this.#db = db;
    this.#producer = producer;
  }

  /** @param producer if left out, nothing is published */
  static async claim(db: Database, taskId: string, producer = SILENT): Promise<ScriptedAttempt> {
    await db.sql`update tasks set run_at = now(), due_at = now() where id = ${taskId}`;
    const claimed = await claim(db, { task_id: taskId, executor: 'scripted', lease_ms: 600_000 });
    if (!claimed) throw new Error(`task ${taskId} could not be claimed`);
    const [last] = await db.sql<{ seq: number }[]>`
      select coalesce(max(seq), 0) as seq from task_steps where task_id = ${taskId}`;
    const attempt = new ScriptedAttempt(taskId, claimed.attempts, last!.seq, db, producer);
    attempt.#changed('RUNNING');
    return attempt;
  }

  /** The model streams some more. */
  say(text: string): void {
    this.#delta(this.#text.length, text);
    this.#text += text;
  }

  /** Sends the whole text so far again. */
  repeat(): void {
    this.#delta(0, this.#text);
  }

  /** The model's connection was cut: the turn starts over. */
  beginAnew(): void {
    this.#text = '';
  }

  /** The turn is over. */
  async endTurn(output = this.#text): Promise<TaskStep> {
    const { taskId: task_id, attempt } = this;
    const made = { name: 'scripted', output, tool_calls: [], finish_reason: 'stop', usage: null };
    const input = { task_id, attempt, step: newStep(this.#seq + 1, made) };
    const step = await checkpoint(this.#db, input);
    if (!step) throw new Error(`attempt ${attempt} has lost task ${task_id}`);
    this.#seq++;
    this.#text = '';
    this.#producer.publishEvent({ v: 1, type: 'step', task_id, attempt, step });
    return step;
  }

  async complete(output = ''): Promise<void> {
    const { taskId: task_id, attempt } = this;
    if (!(await complete(this.#db, { task_id, attempt, result: { output, steps: [] }, usage: null }))) {
      throw new Error(`attempt ${attempt} has lost task ${task_id}`);
    }
    this.#changed('COMPLETED');
  }

  async fail(retryable: boolean): Promise<TaskError> {
    const error = { code: 'scripted', message: `attempt ${this.attempt} failed`, retryable };
    const status = await fail(this.#db, { task_id: this.taskId, attempt: this.attempt, error });
    if (!status) throw new Error(`attempt ${this.attempt} has lost task ${this.taskId}`);
    this.#changed(status);
    return error;
  }

  #delta(offset: number, text: string): void {
    const { taskId: task_id, attempt } = this;
    this.#producer.publishEvent({
      v: 1,
      type: 'delta',
      task_id,
      attempt,
      seq: this.#seq + 1,
      offset,
      text,
    });
  }

  #changed(status: 'PENDING' | 'RUNNING' | 'COMPLETED' | 'FAILED'): void {
    this.#producer.publishEvent({
      v: 1,
      type: 'status',
      task_id: this.taskId,
      status,
      attempt: this.attempt,
    });
  }
}

/** A task that nobody else would claim. */
export async function submitScripted(db: Database): Promise<string> {
  return (await submit(db, newTask({ model: 'scripted', max_attempts: 10 }))).id;
}
