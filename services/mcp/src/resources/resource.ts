import type { Resource, ResourceTemplateType } from '@modelcontextprotocol/server';
import type { Complete } from '../completion/complete.ts';
import type { McpContext } from '../context.ts';
import type { ResourceRef } from './uri.ts';

export interface ResourceText {
  readonly mimeType: string;
  readonly text: string;
}

/** Something that clients read at a fixed URI, or at one that a template makes. */
export interface ReadableResource {
  readonly listed: Resource | ResourceTemplateType;
  /** By variable of the template. */
  readonly complete?: Readonly<Record<string, Complete>>;
  /** Whether the URI stands for this. */
  matches(ref: ResourceRef): boolean;
  /** @throws ToolError if there is no such task */
  read(context: McpContext, ref: ResourceRef): Promise<ResourceText>;
}

/** For what applications may show without being asked. */
export const WORTH_SHOWING: Resource['annotations'] = { audience: ['user', 'assistant'], priority: 0.5 };

export function json(value: unknown): ResourceText {
  return { mimeType: 'application/json', text: JSON.stringify(value, null, 2) };
}

export function plain(text: string): ResourceText {
  return { mimeType: 'text/plain', text };
}
