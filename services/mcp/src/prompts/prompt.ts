import type { Complete } from '../completion/complete.ts';
import type { McpContext } from '../context.ts';

/** A request that a person picks from a menu; it brings along what the model needs to know. */
export interface Prompt {
  readonly name: string;
  readonly title: string;
  readonly description: string;
  readonly arguments: readonly PromptArgument[];
  /**
   * One text for each message.
   *
   * @throws ToolError for arguments that are wrong
   */
  render(context: McpContext, args: Readonly<Record<string, string>>): Promise<string[]>;
}

interface PromptArgument {
  readonly name: string;
  readonly description: string;
  readonly required: boolean;
  readonly complete?: Complete;
}
