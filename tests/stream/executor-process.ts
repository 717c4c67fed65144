import { join } from 'node:path';
import { eventually } from '../waiting.ts';

/** A running `consumer-process.ts`, and its output so far. */
export class ExecutorProcess implements AsyncDisposable {
  readonly taskIds: string[] = [];
  /** Of its latest assignment. */
  partitions = 0;
  readonly #child: Bun.Subprocess<'ignore', 'pipe', 'inherit'>;
  readonly #reading: Promise<void>;

  constructor(broker: string, groupId: string) {
    this.#child = Bun.spawn(
      [process.execPath, join(import.meta.dir, 'consumer-process.ts'), broker, groupId],
      {
        stdin: 'ignore',
        stdout: 'pipe',
        stderr: 'inherit',
      },
    );
    this.#reading = this.#read();
  }

  async holds(partitions: number): Promise<void> {
    await eventually(`an executor holds ${partitions} partitions`, () => this.partitions === partitions, {
      timeoutMs: 30_000,
    });
  }

  async kill(signal: NodeJS.Signals): Promise<number> {
    this.#child.kill(signal);
    const exitCode = await this.#child.exited;
    await this.#reading;
    return exitCode;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.kill('SIGKILL');
  }

  async #read(): Promise<void> {
    const decoder = new TextDecoder();
    let rest = '';
    for await (const chunk of this.#child.stdout) {
      const lines = (rest + decoder.decode(chunk, { stream: true })).split('\n');
      rest = lines.pop() ?? '';
      for (const line of lines) {
        const { taskId, partitions } = JSON.parse(line) as { taskId?: string; partitions?: number };
        if (taskId !== undefined) this.taskIds.push(taskId);
        if (partitions !== undefined) this.partitions = partitions;
      }
    }
  }
}
