import {
  type Count,
  databaseMetrics,
  finishedTasks,
  Metrics,
  type PerModel,
  submittedTasks,
} from '@millrace/runtime';
import { version } from '../../package.json' with { type: 'json' };

/** What the service counts over HTTP. Over stdio it belongs to one client, and nobody scrapes it. */
export class McpMetrics {
  readonly metrics = new Metrics({ service: 'mcp', version });
  readonly databaseObserver = databaseMetrics(this.metrics, [
    'submit',
    'submit_once',
    'get_task',
    'find_api_keys',
  ]);
  readonly submitted: PerModel<Count>;
  readonly ended: PerModel<Readonly<Record<'CANCELLED', Count>>>;
  readonly #requests = this.metrics.counter(
    'millrace_mcp_requests_total',
    'Requests by method: ok, tool_error for a tool that says what went wrong, error, and before any method unauthorized or rate_limited.',
    ['method', 'outcome'],
  );

  /** @param models the ids of those that are configured */
  constructor(models: readonly string[]) {
    this.submitted = submittedTasks(this.metrics, models);
    this.ended = finishedTasks(this.metrics, models, ['CANCELLED']);
  }

  /** @param method one that is served: clients must not be able to create series */
  answered(method: string, outcome: 'ok' | 'tool_error' | 'error'): void {
    this.#requests.of(method, outcome).add();
  }

  /** @param status of the answer to a request that reached no method */
  refused(status: number): void {
    const outcome = status === 429 ? 'rate_limited' : status < 500 ? 'unauthorized' : 'error';
    this.#requests.of('none', outcome).add();
  }
}
