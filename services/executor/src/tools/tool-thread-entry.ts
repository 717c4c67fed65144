/** Runs on the thread: one call of a synchronous tool at a time. */
import { builtinTools, createToolRegistry } from '@millrace/tools';
import { serveToolCalls } from './serve-tool-calls.ts';

serveToolCalls(createToolRegistry(builtinTools));
