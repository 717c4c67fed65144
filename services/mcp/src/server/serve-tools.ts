import type { Access } from '@millrace/access';
import {
  ProtocolError,
  ProtocolErrorCode,
  type Server,
  type ServerContext,
} from '@modelcontextprotocol/server';
import { inline } from '../content/report.ts';
import type { McpContext } from '../context.ts';
import { declaresTasks } from '../tasks-extension/extension.ts';
import { taskHandle } from '../tasks-extension/task-handle.ts';
import { callTool } from '../tools/call-tool.ts';
import { findTool, toolsFor } from '../tools/catalogue.ts';
import type { Tool, ToolCall, ToolProgress } from '../tools/tool.ts';

const NAME_LENGTH_MAX = 100;

export function serveTools(server: Server, context: McpContext, { scopes }: Access): void {
  server.setRequestHandler('tools/list', () => ({ tools: toolsFor(scopes) }));

  server.setRequestHandler('tools/call', async ({ params }, request) => {
    const tool = requireTool(params.name, scopes);
    const result = await callTool(tool, context, params.arguments ?? {}, toolCall(request));
    // From a tool that starts a task, clients that can follow tasks get a handle instead.
    if (!tool.startsTask || result.isError || !declaresTasks(request)) return result;
    const { task_id } = result.structuredContent as { task_id: string };
    return taskHandle(context, task_id);
  });
}

/** @throws ProtocolError */
function requireTool(name: string, scopes: Access['scopes']): Tool {
  const tool = findTool(name);
  if (tool && scopes.includes(tool.scope)) return tool;
  const known = toolsFor(scopes)
    .map((listed) => listed.name)
    .join(', ');
  const reason = tool
    ? `Tool ${tool.name} needs the scope ${tool.scope}, which this client does not have, or this server is read-only`
    : `Tool ${inline(name, NAME_LENGTH_MAX)} not found`;
  throw new ProtocolError(ProtocolErrorCode.InvalidParams, `${reason}. These can be called: ${known}.`);
}

function toolCall({ mcpReq }: ServerContext): ToolCall {
  const progressToken = mcpReq._meta?.progressToken;
  return {
    signal: mcpReq.signal,
    async report(progress: ToolProgress) {
      if (progressToken === undefined) return;
      const params = { progressToken, ...progress };
      // The signal tells of a client that is gone.
      await mcpReq.notify({ method: 'notifications/progress', params }).catch(() => {});
    },
  };
}
