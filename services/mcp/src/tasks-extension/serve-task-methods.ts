import type { Access } from '@millrace/access';
import { Id } from '@millrace/contracts';
import { fromJsonSchema, type Server, type ServerContext } from '@modelcontextprotocol/server';
import { Value } from '@sinclair/typebox/value';
import { inline } from '../content/report.ts';
import type { McpContext } from '../context.ts';
import { protocolError } from '../server/explain-failure.ts';
import { cancelFor } from '../tools/cancel-task.ts';
import { ToolError } from '../tools/tool.ts';
import { requireTasks } from './extension.ts';
import { detailedHandle } from './task-handle.ts';

const ID_LENGTH_MAX = 100;

interface Params {
  readonly taskId?: unknown;
}
/** Accepts anything: the handlers check first whether the client declared the extension, then the arguments. */
const params = fromJsonSchema<Params>({ type: 'object' });

/** `tasks/get`, `tasks/update` and `tasks/cancel` of the Tasks extension. */
export function serveTaskMethods(server: Server, context: McpContext, { scopes }: Access): void {
  const serve = (method: string, answer: (id: string) => Promise<Record<string, unknown>>) =>
    server.setRequestHandler(method, { params }, async ({ taskId }, request: ServerContext) => {
      requireTasks(request);
      try {
        await context.databases.ready();
        return await answer(requireId(taskId));
      } catch (error) {
        throw protocolError(error, method, context);
      }
    });

  serve('tasks/get', (id) => detailedHandle(context, id));

  serve('tasks/update', async (id) => {
    // Millrace's tasks never ask their client anything, so there is nothing to update.
    await detailedHandle(context, id);
    return {};
  });

  serve('tasks/cancel', async (id) => {
    if (!scopes.includes('tasks:write')) {
      throw new ToolError('tasks/cancel needs the scope tasks:write, which this client does not have.');
    }
    await cancelFor(context, id);
    return {};
  });
}

function requireId(taskId: unknown): string {
  if (Value.Check(Id, taskId)) return taskId;
  const given = typeof taskId === 'string' ? `, got ${inline(taskId, ID_LENGTH_MAX)}` : '';
  throw new ToolError(`taskId must be the UUID of a task${given}.`);
}
