import type { ToolRegistry } from '@millrace/tools';
import type { ToolThread } from './tool-thread.ts';

/** The same tools; synchronous calls that may take long run on a separate thread. */
export function offLoop(registry: ToolRegistry, thread: ToolThread): ToolRegistry {
  return {
    ...registry,
    call(name, input, context) {
      const tool = registry.get(name);
      const runner = tool?.synchronous && !tool.isQuick?.(input) ? thread : registry;
      return runner.call(name, input, context);
    },
  };
}
