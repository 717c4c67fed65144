import type { Span, Tracing } from '@millrace/runtime';
import { ToolError, type ToolRegistry } from '@millrace/tools';

/** The same tools, with a span for every call. Neither arguments nor answers are told. */
export function tracedTools(
  registry: ToolRegistry,
  tracing: Tracing,
  parent: Span | undefined,
): ToolRegistry {
  return {
    ...registry,
    async call(name, input, context) {
      // Models invent names.
      const known = registry.get(name) ? name : 'unknown';
      const span = tracing.startSpan(`execute_tool ${known}`, {
        kind: 'internal',
        parent,
        attributes: { 'gen_ai.operation.name': 'execute_tool', 'gen_ai.tool.name': known },
      });
      try {
        const output = await registry.call(name, input, context);
        span.end();
        return output;
      } catch (error) {
        span.end(error instanceof ToolError ? error.code : 'aborted');
        throw error;
      }
    },
  };
}
