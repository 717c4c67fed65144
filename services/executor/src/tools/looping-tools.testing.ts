/** Thread entry with four tools: one never ends, one crashes, one refuses temporarily, one works. */
import { createToolRegistry, defineTool, ToolError } from '@millrace/tools';
import { Type } from '@sinclair/typebox';
import { serveToolCalls } from './serve-tool-calls.ts';

const parameters = Type.Object({});
const description = 'for tests';
serveToolCalls(
  createToolRegistry([
    defineTool({
      name: 'loop',
      description,
      parameters,
      run() {
        for (;;);
      },
    }),
    defineTool({
      name: 'broken',
      description,
      parameters,
      run() {
        throw new TypeError('no such thing');
      },
    }),
    defineTool({
      name: 'refuse',
      description,
      parameters,
      run() {
        throw new ToolError('too_busy', 'Not now.', { retryable: true });
      },
    }),
    defineTool({ name: 'work', description, parameters, run: () => 'done' }),
  ]),
);
