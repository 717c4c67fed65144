import type { Task, TaskCreate } from '@millrace/contracts';

/** A client of the published gateway, with its key. */
export class Client {
  readonly headers: Readonly<Record<string, string>>;
  readonly #url: string;

  constructor(gatewayUrl: string, key: string) {
    this.#url = gatewayUrl;
    this.headers = { authorization: `Bearer ${key}` };
  }

  request(path: string, init: { method?: string; headers?: Record<string, string>; body?: unknown } = {}) {
    const { method = init.body === undefined ? 'GET' : 'POST', headers, body } = init;
    return fetch(`${this.#url}${path}`, {
      method,
      headers: { ...this.headers, 'content-type': 'application/json', ...headers },
      ...(body !== undefined && { body: JSON.stringify(body) }),
      signal: AbortSignal.timeout(70_000),
    });
  }

  /** @throws unless the answer has the expected status */
  async json<T>(path: string, status: number, init?: Parameters<Client['request']>[1]): Promise<T> {
    const response = await this.request(path, init);
    const text = await response.text();
    if (response.status !== status) throw new Error(`${path}: ${response.status} ${text}`);
    return JSON.parse(text) as T;
  }

  submit(task: TaskCreate): Promise<Task> {
    return this.json('/tasks', 202, { body: task });
  }

  get(id: string, waitSeconds = 0): Promise<Task> {
    return this.json(`/tasks/${id}?wait=${waitSeconds}`, 200);
  }

  /** All events of a task, from its snapshot to the end of the stream. */
  async events(id: string): Promise<{ type: string; data: unknown }[]> {
    const response = await this.request(`/tasks/${id}/events`, { headers: { accept: 'text/event-stream' } });
    const frames = (await response.text()).split('\n\n');
    return frames.flatMap((frame) => {
      const [, type] = /^event: ?(.*)$/m.exec(frame) ?? [];
      const [, data] = /^data: ?(.*)$/m.exec(frame) ?? [];
      return type && data ? [{ type, data: JSON.parse(data) }] : [];
    });
  }
}
