import { ProtocolError, ProtocolErrorCode, type Server } from '@modelcontextprotocol/server';
import { type Complete, completeStatus, completeTaskId, VALUES_MAX } from '../completion/complete.ts';
import type { McpContext } from '../context.ts';
import { prompts } from '../prompts/catalogue.ts';
import { resources } from '../resources/catalogue.ts';
import { protocolError } from './explain-failure.ts';

type Ref = { type: 'ref/prompt'; name: string } | { type: 'ref/resource'; uri: string };

/** By variable of the templates. Not an object: the client may name a property that every object inherits. */
const TEMPLATE_VARIABLES = new Map<string, Complete>([
  ['task_id', completeTaskId],
  ['status', completeStatus],
]);

export function serveCompletions(server: Server, context: McpContext): void {
  server.setRequestHandler('completion/complete', async ({ params: { ref, argument } }) => {
    const complete = completerOf(ref, argument.name);
    try {
      const values = complete ? await complete(context, argument.value) : [];
      return { completion: { values, hasMore: values.length === VALUES_MAX } };
    } catch (error) {
      throw protocolError(error, 'completion/complete', context);
    }
  });
}

/**
 * Undefined for an argument that nothing is known about.
 *
 * @throws ProtocolError if there is no such prompt or template
 */
function completerOf(ref: Ref, argument: string): Complete | undefined {
  if (ref.type === 'ref/prompt') {
    const prompt = prompts.find(({ name }) => name === ref.name);
    if (prompt) return prompt.arguments.find(({ name }) => name === argument)?.complete;
  } else if (resources.some(({ uri }) => uri === ref.uri)) {
    return ref.uri.includes(`{${argument}}`) ? TEMPLATE_VARIABLES.get(argument) : undefined;
  }
  throw new ProtocolError(ProtocolErrorCode.InvalidParams, 'There is no such prompt or resource template.');
}
