import type { Resource, ResourceTemplateType } from '@modelcontextprotocol/server';
import type { Complete } from '../completion/complete.ts';
import type { McpContext } from '../context.ts';
import type { ResourceRef } from './uri.ts';

export interface ResourceText {
  readonly mimeType: string;
  readonly text: string;
}

/** Something that clients read by its URI, at a fixed one or at one of a template. */
export interface ReadableResource {
  readonly listed: Resource | ResourceTemplateType;
  /** Of the template's variables. */
  readonly complete?: Readonly<Record<string, Complete>>;
  /** Whether this is what the URI stands for. */
  matches(ref: ResourceRef): boolean;
  /** @throws ToolError if there is no such task */
  read(context: McpContext, ref: ResourceRef): Promise<ResourceText>;
}

/** Worth an application's while to show without being asked. */
export const WORTH_SHOWING: Resource['annotations'] = { audience: ['user', 'assistant'], priority: 0.5 };

export function json(value: unknown): ResourceText {
  return { mimeType: 'application/json', text: JSON.stringify(value, null, 2) };
}

export function plain(text: string): ResourceText {
  return { mimeType: 'text/plain', text };
}
