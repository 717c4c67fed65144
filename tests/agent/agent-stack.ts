import type { Task, TaskCreate, TaskStep, TaskStepList } from '@millrace/contracts';
import { startTestStack, type TestStack } from '../platform/test-stack.ts';
import { Provider } from './provider/provider.ts';

/** Looks real, so that filters that hide keys by their form hide it, and whatever leaks keys leaks it. */
export const API_KEY = 'sk-proj-Zq7vT3mWx9LrK2bN8sYcD4fH6jP1gA5eU0iO';

export interface AgentStackOptions {
  readonly executors?: number;
  readonly models: string;
  readonly env?: Record<string, string>;
  /** The provider dialect that executors are configured with. Default: OpenAI's. */
  readonly dialect?: 'openai' | 'openrouter';
}

/** The platform as processes, configured with a model provider reached over HTTP. */
export class AgentStack implements AsyncDisposable {
  readonly provider: Provider;
  readonly platform: TestStack;
  /** Everything that the processes printed. */
  readonly printed: readonly string[];

  private constructor(provider: Provider, platform: TestStack, printed: string[]) {
    this.provider = provider;
    this.platform = platform;
    this.printed = printed;
  }

  static async start({ executors = 1, models, env = {}, dialect }: AgentStackOptions): Promise<AgentStack> {
    const provider = await Provider.start(API_KEY);
    const printed: string[] = [];
    const platform = await startTestStack({
      executors,
      onLine: (source, line) => printed.push(`${source}: ${line}`),
      env: {
        MODELS: models,
        OPENAI_API_KEY: API_KEY,
        OPENAI_BASE_URL: dialect === 'openrouter' ? provider.openRouterUrl : provider.baseUrl,
        LOG_LEVEL: 'debug',
        ...env,
      },
    });
    return new AgentStack(provider, platform, printed);
  }

  /** Submits a task and returns it once it has ended. */
  async run(task: TaskCreate, timeoutMs?: number): Promise<Task> {
    return this.ended((await this.platform.post(task)).id, timeoutMs);
  }

  ended(id: string, timeoutMs?: number): Promise<Task> {
    return this.platform.ended(id, timeoutMs);
  }

  async steps(id: string): Promise<TaskStep[]> {
    const response = await this.fetch(`/tasks/${id}/steps`);
    return ((await response.json()) as TaskStepList).steps;
  }

  async cancel(id: string): Promise<void> {
    const response = await this.fetch(`/tasks/${id}/cancel`, { method: 'POST' });
    if (!response.ok) throw new Error(`cancel: ${response.status} ${await response.text()}`);
  }

  fetch(path: string, init: RequestInit = {}): Promise<Response> {
    return fetch(`${this.platform.stack.gatewayUrl}${path}`, init);
  }

  /** For stacks with killed executors: in a clean stop the others would wait until the broker drops the dead ones. */
  async end(): Promise<void> {
    this.platform.stack.killNow();
    await this[Symbol.asyncDispose]();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.platform[Symbol.asyncDispose]();
    await this.provider[Symbol.asyncDispose]();
  }
}
