import type { Span, Tracing } from '@millrace/runtime';
import type { ToolRegistry } from '@millrace/tools';
import { failureCode } from './failure-code.ts';

/** The same tools, with a span for every call. Neither arguments nor answers are recorded. */
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
        span.end(failureCode(error));
        throw error;
      }
    },
  };
}
