/** The entry of a thread with a tool that never ends, one that dies, and one that works. */
import { createToolRegistry, defineTool } from '@millrace/tools';
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
    defineTool({ name: 'work', description, parameters, run: () => 'done' }),
  ]),
);
