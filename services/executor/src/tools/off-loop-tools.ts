import type { ToolRegistry } from '@millrace/tools';
import type { ToolThread } from './tool-thread.ts';

/** The same tools, with the synchronous ones run on a thread apart. */
export function offLoop(registry: ToolRegistry, thread: ToolThread): ToolRegistry {
  return {
    ...registry,
    call(name, input, context) {
      const runner = registry.get(name)?.synchronous ? thread : registry;
      return runner.call(name, input, context);
    },
  };
}
