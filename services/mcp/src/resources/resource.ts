import type { McpContext } from '../context.ts';

/** What overviews are read with, on behalf of whoever watches them. */
export type OverviewContext = Pick<McpContext, 'databases' | 'stats' | 'caller'>;

/** Something that an application can read by its URI; the adapter is `serve-resources.ts`. */
export interface Resource {
  /** With a variable, of which it may have one, it is a template. */
  readonly uri: string;
  readonly name: string;
  readonly title: string;
  readonly description: string;
  readonly mimeType: 'application/json' | 'text/plain';
  /**
   * @param variable its value in the URI
   * @throws ToolError if there is no such task, or nothing to read of it
   */
  read(context: McpContext, variable: string): Promise<string>;
  /** Of an overview, any text that stays equal as long as it has not changed; the others are about one task, which is watched. */
  fingerprint?(context: OverviewContext, variable: string): Promise<string>;
}
