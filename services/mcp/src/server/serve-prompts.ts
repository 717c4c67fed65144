import { ProtocolError, ProtocolErrorCode, type Server } from '@modelcontextprotocol/server';
import { inline } from '../content/report.ts';
import type { McpContext } from '../context.ts';
import { listedPrompts, prompts } from '../prompts/catalogue.ts';
import type { Prompt } from '../prompts/prompt.ts';
import { protocolError } from './explain-failure.ts';

const NAME_LENGTH_MAX = 100;

export function servePrompts(server: Server, context: McpContext): void {
  server.setRequestHandler('prompts/list', () => ({ prompts: listedPrompts }));

  server.setRequestHandler('prompts/get', async ({ params }) => {
    const prompt = prompts.find(({ name }) => name === params.name);
    if (!prompt) throw invalid(`Prompt ${inline(params.name, NAME_LENGTH_MAX)} not found.`);
    const args = params.arguments ?? {};
    requireArguments(prompt, args);
    try {
      await context.databases.ready();
      const texts = await prompt.render(context, args);
      const messages = texts.map((text) => ({
        role: 'user' as const,
        content: { type: 'text' as const, text },
      }));
      return { description: prompt.description, messages };
    } catch (error) {
      throw protocolError(error, prompt.name, context);
    }
  });
}

function requireArguments({ arguments: known }: Prompt, given: Record<string, string>): void {
  const missing = known.find(({ name, required }) => required && !given[name]);
  if (missing) throw invalid(`${missing.name} is required (${missing.description}).`);
  const unknown = Object.keys(given).find((key) => !known.some(({ name }) => name === key));
  if (unknown !== undefined) {
    throw invalid(
      `${inline(unknown, NAME_LENGTH_MAX)} is not an argument; known arguments are ${known.map(({ name }) => name).join(', ') || 'none'}.`,
    );
  }
}

function invalid(message: string): ProtocolError {
  return new ProtocolError(ProtocolErrorCode.InvalidParams, message);
}
