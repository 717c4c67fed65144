import {
  type Implementation,
  type JSONRPCRequest,
  ProtocolError,
  ProtocolErrorCode,
  type Result,
  Server,
  type ServerContext,
  type ServerOptions,
} from '@modelcontextprotocol/server';
import type { McpMetrics } from '../telemetry/mcp-metrics.ts';
import { explainInvalid } from './explain-invalid.ts';

type Handler = (request: JSONRPCRequest, context: ServerContext) => Promise<Result>;

/**
 * Explains an invalid request in a sentence, where the SDK answers with an internal error and the findings of
 * its schemas. Counts the outcomes of requests that reach a handler; unknown methods create no series.
 */
export class MillraceServer extends Server {
  readonly #metrics: McpMetrics | undefined;

  constructor(info: Implementation, options: ServerOptions, metrics: McpMetrics | undefined) {
    super(info, options);
    this.#metrics = metrics;
  }

  protected override _wrapHandler(method: string, handler: Handler): Handler {
    const wrapped = super._wrapHandler(method, handler);
    return async (request, context) => {
      try {
        const result = await wrapped(request, context);
        this.#metrics?.answered(method, result.isError === true ? 'tool_error' : 'ok');
        return result;
      } catch (error) {
        this.#metrics?.answered(method, 'error');
        const explained = error instanceof Error && explainInvalid(method, error.message);
        throw explained ? new ProtocolError(ProtocolErrorCode.InvalidParams, explained) : error;
      }
    };
  }
}
