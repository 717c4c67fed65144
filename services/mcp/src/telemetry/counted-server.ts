import type { Implementation, ServerOptions } from '@modelcontextprotocol/server';
import { ExplainingServer, type Handler } from '../server/explaining-server.ts';
import type { McpMetrics } from './mcp-metrics.ts';

/** Counts how the requests end that reach a handler; other methods than those it has make no series. */
export class CountedServer extends ExplainingServer {
  readonly #metrics: McpMetrics;

  constructor(info: Implementation, options: ServerOptions, metrics: McpMetrics) {
    super(info, options);
    this.#metrics = metrics;
  }

  protected override _wrapHandler(method: string, handler: Handler): Handler {
    const wrapped = super._wrapHandler(method, handler);
    return async (request, context) => {
      try {
        const result = await wrapped(request, context);
        this.#metrics.answered(method, result.isError === true ? 'tool_error' : 'ok');
        return result;
      } catch (error) {
        this.#metrics.answered(method, 'error');
        throw error;
      }
    };
  }
}
